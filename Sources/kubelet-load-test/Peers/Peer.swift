/// Who is compared.
enum Peer: String, CaseIterable, Codable, CodingKeyRepresentable, CustomStringConvertible {
    case proxy
    case nginx
    case haproxy

    var description: String {
        switch self {
        case .proxy: "kubelet-relabel-proxy"
        case .nginx: "nginx"
        case .haproxy: "HAProxy"
        }
    }

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
        }
    }
}
