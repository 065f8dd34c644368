import Foundation

/// Where the programs lie that the comparison runs. It installs none of them.
struct Programs: Sendable {
    let nginx: String
    let haproxy: String
    let wrk: String
    let curl: String
    let gzip: String
    let taskset: String
    let proxy: String
    /// Another build of the proxy to measure in the same rounds, if the user names one.
    let beside: String?
    /// Nil: it is not installed, and left out.
    let squid: String?

    /// Without these nginx can't do the work of 14.1 (TLS upstream) and 14.2.
    private static let nginxModules = [
        "http_ssl_module", "http_gunzip_module", "http_sub_module", "http_addition_module",
    ]

    /// - Parameter proxy: where the proxy lies, if the user says so; `beside`: and another build of it.
    static func find(proxy: String?, beside: String? = nil) async throws -> Programs {
        let folders = searchPath
        var missing: [(program: String, package: String)] = []
        let find = { (program: String, package: String) -> String in
            if let found = executable(program, in: folders) { return found }
            missing.append((program, package))
            return ""
        }
        let programs = Programs(
            nginx: find("nginx", "nginx"), haproxy: find("haproxy", "haproxy"), wrk: find("wrk", "wrk"),
            curl: find("curl", "curl"), gzip: find("gzip", "gzip"), taskset: find("taskset", "util-linux"),
            proxy: try findProxy(proxy, folders), beside: try beside.map { try executable($0, option: "--beside") },
            squid: executable("squid", in: folders))
        guard missing.isEmpty else { throw PeersError(advice(missing)) }
        let lacking = missingModules(in: try await programs.complaint(of: [programs.nginx, "-V"]))
        guard lacking.isEmpty else {
            throw PeersError(
                "\(programs.nginx) lacks \(lacking.joined(separator: ", ")), as `nginx -V` shows: "
                    + "install Debian's: apt-get install nginx")
        }
        return programs
    }

    /// A user's PATH on Debian is without sbin, where nginx and haproxy lie.
    private static var searchPath: [String] {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + ["/usr/sbin", "/usr/local/sbin"]
    }

    static func advice(_ missing: [(program: String, package: String)]) -> String {
        "missing: \(missing.map(\.program).joined(separator: ", ")). On Debian or Ubuntu: "
            + "apt-get install \(missing.map(\.package).joined(separator: " "))"
    }

    /// - Parameter version: what `nginx -V` says.
    static func missingModules(in version: String) -> [String] {
        let options = Set(version.split { $0.isWhitespace })
        return nginxModules.filter { !options.contains("--with-\($0)") }
    }

    static func findProxy(_ given: String?, _ folders: [String]? = nil) throws -> String {
        let folders = folders ?? searchPath
        if let given { return try executable(given, option: "--proxy") }
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        guard let found = executable("kubelet-relabel-proxy", in: [own] + folders) else {
            throw PeersError("kubelet-relabel-proxy lies neither in \(own) nor on PATH: say where with --proxy")
        }
        return found
    }

    /// Where a program lies; nil: nowhere on PATH.
    static func executable(_ name: String) -> String? { executable(name, in: searchPath) }

    private static func executable(_ path: String, option: String) throws -> String {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw PeersError("\(option) \(path): there is no such program")
        }
        return path
    }

    private static func executable(_ name: String, in folders: [String]) -> String? {
        folders.lazy.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Such as "nginx/1.22.1", for the report.
    func versions() async -> [String] {
        let nginx = (try? await complaint(of: [nginx, "-v"])) ?? ""
        let haproxy = (try? await said(by: [haproxy, "-v"]).output) ?? ""
        var versions = [
            nginx.split(separator: " ").last.map(String.init) ?? "nginx",
            haproxy.split(separator: " ").prefix(3).joined(separator: " "),
        ]
        if let squid, let version = try? await said(by: [squid, "-v"]).output {
            versions.append(String(version.prefix { $0 != "\n" }))
        }
        return versions
    }

    private func complaint(of command: [String]) async throws -> String { try await said(by: command).complaint }

    private func said(by command: [String]) async throws -> ChildProcess.Outcome {
        let file = URL.temporaryDirectory.appending(path: "kubelet-load-test-\(UUID())").path
        defer { for end in ["", ".err"] { try? FileManager.default.removeItem(atPath: file + end) } }
        return try await ChildProcess.outcome(of: command, in: self, output: file)
    }
}
