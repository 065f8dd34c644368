import Foundation

/// Which core the proxies get, and which one everything else.
struct Cores: Equatable {
    let proxy: Int
    let load: Int
    /// All that may be used, in order.
    let all: [Int]

    init(proxy: Int, load: Int, all: [Int]? = nil) {
        self.proxy = proxy
        self.load = load
        self.all = all ?? Set([load, proxy]).sorted()
    }

    /// All but the proxy's; with a single core that one.
    var others: [Int] { all.count > 1 ? all.filter { $0 != proxy } : all }

    static func ofThisProcess() throws -> Cores {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        guard let cores = Cores(status: String(decoding: status, as: UTF8.self)) else {
            throw PeersError("/proc/self/status does not tell which cores may be used")
        }
        return cores
    }

    var text: String {
        proxy == load
            ? "everything on core \(proxy), the only one"
            : "proxies on core \(proxy), upstream and load on core \(load)"
    }
}

extension Cores {
    /// The first and the last of `Cpus_allowed_list` (proc(5)), such as `0-3,8`. A single core serves for both.
    init?(status: String) {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") }) else {
            return nil
        }
        let ranges = line.drop { $0 != ":" }.dropFirst().split(separator: ",").map { range in
            range.split { !$0.isNumber }.compactMap { Int($0) }
        }
        let all = ranges.flatMap { range in
            guard let first = range.first, let last = range.last, first <= last else { return [Int]() }
            return Array(first...last)
        }
        guard let first = all.first, let last = all.last else { return nil }
        self.init(proxy: last, load: first, all: all)
    }
}
