import Foundation

/// Which core the proxies get, and which one everything else.
struct Cores: Equatable {
    let proxy: Int
    let load: Int

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
        let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        guard let first = numbers.first, let last = numbers.last else { return nil }
        (load, proxy) = (first, last)
    }
}
