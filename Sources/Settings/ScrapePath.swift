/// What may stand in the allow-list of paths (spec 11.2).
enum ScrapePath {
    /// The kubelet's paths that run commands, or show what containers print and how they are configured, are never proxied.
    private static let forbidden: Set<Substring> = [
        "exec", "run", "attach", "portForward", "pods", "runningpods", "logs", "containerLogs", "configz", "cri",
        "checkpoint", "debug",
    ]

    /// Why the path can't be allowed; nil: it can.
    static func problem(with path: String) -> String? {
        guard path.hasPrefix("/") else { return "\"\(path)\" is no path: begin it with /" }
        let legal = path.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard legal, !path.contains(where: { "?#%\\".contains($0) }) else {
            return "\"\(path)\" has a query, an escape or a character that a path can't have: write the bare path"
        }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            return "\"\(path)\" has empty or dot segments: write it as the kubelet sees it, without / at the end"
        }
        guard let first = segments.first, !forbidden.contains(first) else {
            return "/\(segments[0]) is never proxied, it is no place for metrics: remove it"
        }
        return nil
    }
}
