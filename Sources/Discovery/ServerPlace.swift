/// The parts of an API server's URL, such as `https://[fd00::1]:6443/k8s/clusters/c-1`.
package struct ServerPlace: Equatable {
    package var scheme: Substring
    /// IPv6 in brackets.
    package var host: Substring
    package var port: Substring
    /// Host, and port where the URL names one.
    package var authority: Substring
    /// Empty, or with a slash in front.
    package var path: Substring

    package init(_ url: String) {
        let schemeEnd = url.firstIndex(of: ":") ?? url.endIndex
        scheme = url[..<schemeEnd]
        let rest = url[schemeEnd...].dropFirst("://".count)
        let pathStart = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<pathStart]
        self.authority = authority
        path = rest[pathStart...]
        let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        host = authority[..<(colon ?? authority.endIndex)]
        port = colon.map { authority[authority.index(after: $0)...] } ?? (scheme == "http" ? "80" : "443")
    }

    package var isLoopback: Bool { host == "localhost" || host.hasPrefix("127.") || host == "[::1]" }
}
