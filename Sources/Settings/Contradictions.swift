import Addressing

extension ProxySettings {
    /// Refuses what is right key by key and wrong together, across sections.
    func refuseContradictions(_ draft: SettingsDraft) {
        refuseSharedAddresses(draft)
        for (index, listener) in listeners.enumerated() {
            let key = "listeners[\(index)]"
            guard listener.authentication == .none else { continue }
            if !listener.address.isLoopback, !listener.insecureAnonymous {
                draft.refuse(
                    together: ["\(key).address", "\(key).authentication", "\(key).insecure_anonymous"],
                    "\(listener.address) can be reached by others, without authentication: "
                        + "listen on 127.0.0.1, or set insecure_anonymous: true (--insecure-anonymous)")
            }
            if upstream.authorization.isOwn {
                draft.refuse(
                    together: ["upstream.authorization", "\(key).authentication"],
                    "lends the proxy's credentials to callers of \(listener.address), who are not authenticated: "
                        + "set \(key).authentication, or authorization: forward")
            }
        }
        if upstream.via == .apiServer { refuseWithAPIServer(draft) }
        if onStale == .rewrite, stamp.isEmpty {
            draft.refuse(
                together: ["on_stale", "stamp"],
                "rewrite needs stamp, or the answer keeps the stale name: set stamp, such as "
                    + "{node: __meta_kubernetes_node_name}")
        }
    }

    /// Through the API server go the kubeconfig's credentials and trust, and nothing else's (spec 8.3).
    private func refuseWithAPIServer(_ draft: SettingsDraft) {
        if case .file = nodes.source {
            draft.refuse(
                together: ["upstream.via", "nodes.file"],
                "api_server needs an API server, and nodes come from nodes.file: set nodes.kubernetes, or via: direct")
        }
        if upstream.tls != UpstreamTLSSettings() {
            draft.refuse(
                together: ["upstream.tls", "upstream.via"],
                "of no use with via: api_server, the kubeconfig says whom to trust: remove it, or write via: direct")
        }
        if verifyIdentity == .require {
            draft.refuse(
                together: ["verify_identity", "upstream.via"],
                "require can't be had with via: api_server, where no kubelet is seen: remove it, or write via: direct")
        }
        if upstream.authorization.isOwn {
            draft.refuse(
                together: ["upstream.authorization", "upstream.via"],
                "of no use with via: api_server, which gets the kubeconfig's credentials: remove it, or write via: direct"
            )
        }
        for (index, listener) in listeners.enumerated()
        where listener.authentication == .none && !listener.address.isLoopback {
            draft.refuse(
                together: ["upstream.via", "listeners[\(index)].authentication"],
                "api_server lends the kubeconfig's credentials to callers of \(listener.address), who are not "
                    + "authenticated: listen on 127.0.0.1, or set listeners[\(index)].authentication")
        }
    }

    private func refuseSharedAddresses(_ draft: SettingsDraft) {
        var taken: [(key: String, address: ListenAddress)] = []
        let all = listeners.enumerated().map { ("listeners[\($0.offset)].address", $0.element.address) }
        for (key, address) in all + [("admin.address", admin.address)] {
            if let other = taken.first(where: { $0.address.overlaps(address) }) {
                draft.refuse(
                    together: [key, other.key],
                    "\(address) is taken by \(other.key), \(other.address): use another \(address.port == nil ? "path" : "port")"
                )
            }
            taken.append((key, address))
        }
    }
}

extension UpstreamAuthorization {
    /// Whether kubelets see credentials of the proxy's own (spec 8.2).
    fileprivate var isOwn: Bool {
        switch self {
        case .forward, .none: false
        case .serviceAccount, .file: true
        }
    }
}

extension ListenAddress {
    /// Whether the system would refuse the second of the two.
    fileprivate func overlaps(_ other: ListenAddress) -> Bool {
        guard port == other.port, port != 0 else { return false }
        switch (self, other) {
        case (.unix, _), (_, .unix): return self == other
        case (.everyInterface, _), (_, .everyInterface): return true
        case (.socket(let left), .socket(let right)):
            return left == right || left.ip.covers(right.ip) || right.ip.covers(left.ip)
        }
    }
}

extension IPAddress {
    /// Whether listening here means listening there: `[::]` stands for IPv4 too.
    fileprivate func covers(_ other: IPAddress) -> Bool { isUnspecified && (!isV4 || other.isV4) }
}
