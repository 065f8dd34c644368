import Foundation

/// The CPU time, and the memory, of a process and of the children that it has when the clock is made (nginx' worker is one).
struct CPUClock: Sendable {
    private let processes: [Int32]

    init(of process: Int32) {
        processes = [process] + Self.children(of: process)
    }

    /// This process without its children.
    init(ofThisAlone process: Int32) { processes = [process] }

    /// CPU time so far, in nanoseconds.
    func nanoseconds() throws -> Int {
        var sum = 0
        for process in processes {
            let threads = "/proc/\(process)/task"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: threads) else {
                throw PeersError("process \(process) has ended")
            }
            for name in names {
                // A thread may end in between; the ones that work here don't.
                guard let text = Self.text("\(threads)/\(name)/schedstat") else { continue }
                guard let time = Self.runTime(schedstat: text) else {
                    throw PeersError("this kernel keeps no /proc/PID/task/TID/schedstat: CPU time can't be measured")
                }
                sum += time
            }
        }
        return sum
    }

    /// Memory that is resident now, in bytes; what processes share counts for each.
    func residentBytes() -> Int {
        processes.compactMap { Self.text("/proc/\($0)/status").flatMap(Self.resident(status:)) }.reduce(0, +)
    }

    /// `VmRSS:    12345 kB`.
    static func resident(status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The first of three numbers: nanoseconds on a core (Documentation/scheduler/sched-stats.rst).
    static func runTime(schedstat: String) -> Int? {
        let fields = schedstat.split { $0.isWhitespace }
        return fields.count == 3 ? Int(fields[0]) : nil
    }

    /// The fourth field of `/proc/PID/stat`; the second, a name in parentheses, may hold anything (proc(5)).
    static func parent(stat: String) -> Int32? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split { $0.isWhitespace }
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    private static func children(of process: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { text("/proc/\($0)/stat").flatMap(parent(stat:)) == process }
    }

    private static func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
    }
}
