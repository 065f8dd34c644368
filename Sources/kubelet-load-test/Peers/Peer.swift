/// Who is compared.
enum Peer: String, CaseIterable, Codable, CodingKeyRepresentable, CustomStringConvertible {
    case proxy
    /// Another build of the proxy, where the user names one.
    case beside
    case nginx
    case haproxy
    /// Where it is installed.
    case squid

    var description: String {
        switch self {
        case .proxy: "kubelet-relabel-proxy"
        case .beside: "beside"
        case .nginx: "nginx"
        case .haproxy: "HAProxy"
        case .squid: "Squid"
        }
    }

    /// Whether it knows claims.
    var isOurs: Bool { self == .proxy || self == .beside }

    /// Whether it opens tunnels when asked by CONNECT; HAProxy passes bytes on to where it was told.
    var opensTunnels: Bool { isOurs || self == .squid }

    /// Where this peer does that work; the configurations listen there.
    func port(for work: Work, upstream: UpstreamScheme) -> UInt16 {
        switch (self, work, upstream) {
        case (.proxy, .passThrough, _), (.proxy, .tunnel, _): 9480
        case (.proxy, .stampGzip, _), (.proxy, .stamp, _): 9482
        case (.proxy, .tenRules, _): 9484
        case (.nginx, .passThrough, .plain), (.nginx, .tunnel, _): 9490
        case (.nginx, .passThrough, .tls): 9491
        case (.nginx, .stampGzip, _): 9492
        case (.nginx, .stamp, _), (.nginx, .tenRules, _): 9493
        case (.haproxy, .tunnel, .plain): 9498
        case (.haproxy, .tunnel, .tls): 9499
        case (.haproxy, _, .plain): 9496
        case (.haproxy, _, .tls): 9497
        case (.squid, _, _): 9500
        case (.beside, _, _): Peer.proxy.port(for: work, upstream: upstream) + 30
        }
    }
}
