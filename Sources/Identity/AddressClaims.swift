/// The claimants of one key (spec 4.3): nodes that list the IP and report the kubelet port.
struct KeyClaims: Sendable {
    let kubeletPort: UInt16
    /// By name.
    var claimants: OneOrMore<KnownNode>
}

/// All nodes that list one IP, by their kubelet's port.
struct AddressClaims: Sendable {
    /// By port.
    private(set) var keys: OneOrMore<KeyClaims>

    init(_ node: KnownNode) {
        keys = OneOrMore(KeyClaims(kubeletPort: node.kubeletPort, claimants: OneOrMore(node)))
    }

    /// The claims on a kubelet's own port, nil where no node here reports the port.
    func key(ofKubeletPort port: UInt16) -> KeyClaims? {
        index(of: port).map { keys[$0] }
    }

    mutating func insert(_ node: KnownNode) {
        if let index = index(of: node.kubeletPort) {
            keys[index].claimants.insert(node) { $0.name < $1.name }
        } else {
            let claims = KeyClaims(kubeletPort: node.kubeletPort, claimants: OneOrMore(node))
            keys.insert(claims) { $0.kubeletPort < $1.kubeletPort }
        }
    }

    /// False, and nothing removed, where the node is the only one at this IP.
    mutating func remove(_ node: KnownNode) -> Bool {
        guard let index = index(of: node.kubeletPort),
            let position = keys[index].claimants.firstIndex(where: { $0 === node })
        else { return true }
        return keys[index].claimants.remove(at: position) || keys.remove(at: index)
    }

    /// By bisection: virtual nodes share an IP by the thousand.
    private func index(of port: UInt16) -> Int? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].kubeletPort < port { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low].kubeletPort == port ? low : nil
    }
}
