import ArgumentParser

/// What is done to a body.
enum Work: String, Codable {
    case passThrough = "pass-through"
    /// Bytes of a tunnel: CONNECT for the proxy, and HAProxy in TCP mode, which knows where to go.
    case tunnel
    case stampGzip = "stamp, gzip in and out"
    case stamp = "stamp"
    case tenRules = "ten rules"
}

enum UpstreamScheme: String, Codable {
    case plain
    case tls = "TLS"
}

/// One cell of the comparison: some work on some body from some upstream.
struct Workload: CustomStringConvertible {
    let work: Work
    var upstream: UpstreamScheme = .plain
    let body: Body

    var description: String { "\(work.rawValue), \(upstream.rawValue) upstream, \(body.size)" }

    /// Who can do it. Debian's Squid speaks no TLS that the upstream takes.
    var peers: [Peer] {
        switch work {
        case .passThrough: [.proxy, .beside, .nginx, .haproxy] + (upstream == .plain ? [.squid] : [])
        case .tunnel: [.proxy, .beside, .haproxy, .squid]
        case .stampGzip, .stamp, .tenRules: [.proxy, .beside, .nginx]
        }
    }

    /// Whose figures the goal is about (spec 14).
    var rivals: [Peer] {
        switch work {
        case .passThrough: [.nginx, .haproxy]
        case .tunnel: [.haproxy]
        case .stampGzip, .stamp, .tenRules: [.nginx]
        }
    }

    /// What nginx does beside the ten rules is sub_filter alone: of rules it knows nothing.
    func work(of peer: Peer) -> Work { work == .tenRules && peer == .nginx ? .stamp : work }

    /// What the proxies get, without compression.
    var plainBody: Body { body == .gzipText ? .text : body }

    var goal: Goal {
        switch work {
        case .passThrough, .tunnel: .atMostTheBetterPeer
        case .stampGzip: .timesLessThanPeer(8)
        case .stamp: .none
        case .tenRules: .megabytesPerSecond(300)
        }
    }
}

/// What `--only` chooses from.
enum WorkGroup: String, CaseIterable, ExpressibleByArgument {
    case passThrough = "pass-through"
    case tunnel
    case rewriting

    var workloads: [Workload] {
        switch self {
        case .passThrough: Self.unchanged(.passThrough)
        case .tunnel: Self.unchanged(.tunnel)
        case .rewriting:
            [
                Workload(work: .stampGzip, body: .gzipText), Workload(work: .stamp, body: .text),
                Workload(work: .tenRules, body: .text),
            ]
        }
    }

    private static func unchanged(_ work: Work) -> [Workload] {
        [UpstreamScheme.plain, .tls].flatMap { upstream in
            [Body.kilobyte, .hundredKilobytes, .fourMegabytes].map {
                Workload(work: work, upstream: upstream, body: $0)
            }
        }
    }
}
