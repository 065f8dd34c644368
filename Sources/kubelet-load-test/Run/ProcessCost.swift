import Addressing
import Foundation

/// What a process used so far (proc(5)).
struct ProcessCost: Sendable {
    private let process: Int32
    private let clock: CPUClock
    private let before: Int
    private let begin = ContinuousClock.now

    /// From now on; without what children of it use.
    init(of process: Int32) throws {
        self.process = process
        clock = CPUClock(ofThisAlone: process)
        before = try clock.nanoseconds()
    }

    /// Since it was made.
    func cost() throws -> ScenarioOutcome.ProcessCost {
        let (seconds, attoseconds) = (ContinuousClock.now - begin).components
        let used = Double(try clock.nanoseconds() - before) / 1e9
        let status = RunFiles.text("/proc/\(process)/status") ?? ""
        return ScenarioOutcome.ProcessCost(
            cpuSeconds: used, cpuCores: used / (Double(seconds) + Double(attoseconds) / 1e18),
            rssBytes: Self.peakResident(status: status) ?? 0)
    }

    /// `VmHWM:    12345 kB`.
    static func peakResident(status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The process that listens at an address of this machine; nil where it is not to be seen.
    static func listening(at address: SocketAddress) -> Int32? {
        let tables = ["tcp", "tcp6"].compactMap { RunFiles.text("/proc/net/\($0)") }
        guard let socket = tables.lazy.compactMap({ inode(listeningAt: address.port, table: $0) }).first else {
            return nil
        }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.lazy.compactMap { Int32($0) }.first { process in
            let folder = "/proc/\(process)/fd"
            let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return descriptors.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == "socket:[\(socket)]"
            }
        }
    }

    /// Of a line such as `0: 0100007F:2508 00000000:0000 0A ... inode ...`; state 0A is LISTEN.
    static func inode(listeningAt port: UInt16, table: String) -> String? {
        let wanted = String(port, radix: 16, uppercase: true)
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let end = fields[1].lastIndex(of: ":") else { continue }
            let digits = fields[1][fields[1].index(after: end)...].drop { $0 == "0" }
            if digits == wanted { return String(fields[9]) }
        }
        return nil
    }
}
