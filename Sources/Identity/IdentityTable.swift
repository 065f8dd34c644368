package import Addressing
package import Discovery

/// Which node owns which address: the nodes, indexed by IP, by name and by the other names a claim may use. A value;
/// `IdentityStore` holds the one in force.
package struct IdentityTable: Sendable {
    package let policy: IdentityPolicy
    package private(set) var summary = IdentitySummary()
    private var byIP: [IPAddress: AddressClaims] = [:]
    private var byName: [String: KnownNode] = [:]
    /// Only names that are not the node's own: kubelets usually repeat theirs as Hostname.
    private var byHostAddress: [String: OneOrMore<KnownNode>] = [:]
    /// Who is at odds over which key: the few whose leases are to be read.
    private var rivalries: [SocketAddress: [String]] = [:]
    /// What was read of them.
    private var leases: [[String]: [NodeLease]] = [:]
    /// How many nodes have a machine id or system UUID, in lower case.
    private var machineIDs: [String: Int] = [:]
    /// What evidence told, by a kubelet's own address: of the few keys where it told something that counts.
    private(set) var learned: [SocketAddress: LearnedEvidence] = [:]
    var fingerprints = FingerprintMemory()

    package init(policy: IdentityPolicy) { self.policy = policy }

    /// The table of a complete list. What `previous` knew of a node's first sight is kept.
    ///
    /// - Parameter now: Unix seconds.
    package init(_ nodes: some Collection<Node>, replacing previous: IdentityTable, policy: IdentityPolicy, now: Int64)
    {
        self.policy = policy
        leases = previous.leases
        if policy.checksEvidence {
            learned = previous.learned
            fingerprints = previous.fingerprints
        }
        byIP.reserveCapacity(nodes.count)
        byName.reserveCapacity(nodes.count)
        for node in nodes {
            if let repeated = self.node(named: node.name) { remove(repeated) }
            insert(KnownNode(node, firstSeen: previous.firstSeen(of: node) ?? now, policy: policy))
        }
        forgetLeases()
        for address in learned.keys { forgetIfOutdated(at: address) }
    }

    package var nodes: some Collection<KnownNode> { byName.values }

    package func node(named name: String) -> KnownNode? { byName[Self.folded(name)] }

    /// All claims on an IP, nil where it is no node's.
    func claims(on ip: IPAddress) -> AddressClaims? { byIP[ip] }

    /// Who claims a kubelet's own port; empty where nobody does.
    package func claimants(of kubelet: SocketAddress) -> [KnownNode] {
        key(of: kubelet).map { Array($0.claimants) } ?? []
    }

    /// Whom a kubelet's own port belongs to.
    package func ownership(of kubelet: SocketAddress) -> Ownership {
        key(of: kubelet)?.ownership ?? .nobody
    }

    /// Whether more than one node claims a kubelet's own port.
    func isConflict(_ kubelet: SocketAddress) -> Bool {
        (key(of: kubelet)?.claimants.count ?? 0) > 1
    }

    func key(of kubelet: SocketAddress) -> KeyClaims? { byIP[kubelet.ip]?.key(ofKubeletPort: kubelet.port) }

    /// The node that a claim names: by its name, else by a Hostname or DNS address. Where several bear the address, one
    /// among `neighbours`, who list the IP given, and of these an owner, is meant; else a Ready one, then the newest.
    func node(claimedAs reference: String, among neighbours: AddressClaims?) -> KnownNode? {
        // Nearly every scrape names the owner of the address, in the spelling of the object.
        if let owner = neighbours?.keys[0].ownership.owner, owner.name == reference { return owner }
        if let node = byName[reference] { return node }
        let host = Self.folded(reference)
        if let node = byName[host] { return node }
        guard let bearers = byHostAddress[host] else { return nil }
        guard bearers.count > 1 else { return bearers[0] }
        if let neighbours, let local = bearers.first(where: neighbours.contains) {
            return bearers.first { neighbours.key(ofKubeletPort: $0.kubeletPort)?.ownership.owner === $0 } ?? local
        }
        return bearers.max { left, right in
            (left.isReady ? 1 : 0, left.node.createdAt ?? .min) < (right.isReady ? 1 : 0, right.node.createdAt ?? .min)
        }
    }

    /// When the table first saw this very node. A node created anew under the name has another UID.
    private func firstSeen(of node: Node) -> Int64? {
        guard let known = self.node(named: node.name), known.uid == node.uid else { return nil }
        return known.firstSeen
    }

    /// In lower case, without a copy where it is so already.
    static func folded(_ name: String) -> String {
        name.utf8.contains { (0x41...0x5a).contains($0) } ? name.lowercased() : name
    }
}

// MARK: Events

extension IdentityTable {
    /// Puts a node that was added or modified in the place of the one of its name.
    ///
    /// - Parameter now: Unix seconds.
    package mutating func put(_ node: Node, now: Int64) -> IdentityChanges {
        let previous = self.node(named: node.name)
        let next = KnownNode(node, firstSeen: firstSeen(of: node) ?? now, policy: policy)
        return change(from: previous, to: next)
    }

    /// Removes a node that was deleted. The deletion of an earlier node of the same name changes nothing.
    package mutating func delete(_ node: Node) -> IdentityChanges {
        guard let known = self.node(named: node.name),
            known.uid == node.uid || known.uid.isEmpty || node.uid.isEmpty
        else { return IdentityChanges() }
        return change(from: known, to: nil)
    }

    private mutating func change(from previous: KnownNode?, to next: KnownNode?) -> IdentityChanges {
        var keys: [SocketAddress] = previous.map { Array($0.kubeletAddresses) } ?? []
        for key in next.map({ Array($0.kubeletAddresses) }) ?? [] where !keys.contains(key) { keys.append(key) }
        let before = keys.map(key)
        if let previous { remove(previous) }
        if let next { insert(next) }
        forgetLeases()
        for address in keys { forgetIfOutdated(at: address) }

        var changes = IdentityChanges()
        for (address, before) in zip(keys, before) { changes.note(address, from: before, to: key(of: address)) }
        if let next { changes.noteMalformedAddresses(of: next.node, knownFrom: previous?.node) }
        return changes
    }

    /// What became of every key, for a table that was replaced whole.
    package func changes(since previous: IdentityTable) -> IdentityChanges {
        var changes = IdentityChanges()
        for (ip, claims) in byIP {
            for key in claims.keys {
                let address = SocketAddress(ip, port: key.kubeletPort)
                changes.note(address, from: previous.key(of: address), to: key)
            }
        }
        for (ip, claims) in previous.byIP {
            for key in claims.keys where byIP[ip]?.key(ofKubeletPort: key.kubeletPort) == nil {
                let address = SocketAddress(ip, port: key.kubeletPort)
                changes.note(address, from: key, to: nil)
            }
        }
        for node in nodes {
            changes.noteMalformedAddresses(of: node.node, knownFrom: previous.node(named: node.name)?.node)
        }
        return changes
    }
}

// MARK: Indexes

extension IdentityTable {
    private mutating func insert(_ node: KnownNode) {
        let name = Self.folded(node.name)
        byName[name] = node
        for host in node.node.hostAddresses.map(Self.folded) where host != name {
            guard var bearers = byHostAddress[host] else {
                byHostAddress[host] = OneOrMore(node)
                continue
            }
            guard !bearers.contains(where: { $0 === node }) else { continue }
            bearers.insert(node) { $0.name < $1.name }
            byHostAddress[host] = bearers
        }
        for address in node.kubeletAddresses {
            var claimants = OneOrMore(node)
            if let key = key(of: address) {
                claimants = key.claimants
                claimants.insert(node) { $0.name < $1.name }
            }
            setClaims(makeKey(claimants, at: address), on: address)
        }
        for id in node.foldedIDs { machineIDs[id, default: 0] += 1 }
        summary.add(node.node)
    }

    private mutating func remove(_ node: KnownNode) {
        byName[Self.folded(node.name)] = nil
        for host in node.node.hostAddresses.map(Self.folded) {
            guard let position = byHostAddress[host]?.firstIndex(where: { $0 === node }) else { continue }
            if byHostAddress[host]?.remove(at: position) != true { byHostAddress[host] = nil }
        }
        for address in node.kubeletAddresses {
            guard var claimants = key(of: address)?.claimants,
                let position = claimants.firstIndex(where: { $0 === node })
            else { continue }
            let others = claimants.remove(at: position) ? makeKey(claimants, at: address) : nil
            setClaims(others, on: address)
        }
        for id in node.foldedIDs {
            let count = machineIDs[id] ?? 1
            machineIDs[id] = count > 1 ? count - 1 : nil
        }
        summary.remove(node.node)
    }

    /// Nil: nobody claims the key any more.
    private mutating func setClaims(_ claims: KeyClaims?, on address: SocketAddress) {
        if let before = key(of: address) { summary.remove(before) }
        if claims?.rivalry?.names != nil || !rivalries.isEmpty { rivalries[address] = claims?.rivalry?.names }
        if let claims {
            summary.add(claims)
            if byIP[address.ip]?.put(claims) == nil { byIP[address.ip] = AddressClaims(claims) }
        } else if byIP[address.ip]?.remove(kubeletPort: address.port) != true {
            byIP[address.ip] = nil
        }
    }
}

// MARK: Leases

extension IdentityTable {
    /// The names of the Ready claimants of each key that has several, in order: whose leases decide (spec 4.4).
    package var rivals: Set<[String]> { rivalries.isEmpty ? [] : Set(rivalries.values) }

    /// The leases of rivals were read, all at one time.
    package mutating func put(_ leases: [NodeLease], of rivals: [String]) -> IdentityChanges {
        var changes = IdentityChanges()
        let keys = rivalries.filter { $0.value == rivals }.keys.sorted()
        guard !keys.isEmpty, self.leases[rivals] != leases else { return changes }
        self.leases[rivals] = leases
        for address in keys {
            guard let before = key(of: address) else { continue }
            setClaims(makeKey(before.claimants, at: address), on: address)
            changes.note(address, from: before, to: key(of: address))
        }
        return changes
    }

    private func makeKey(_ claimants: OneOrMore<KnownNode>, at address: SocketAddress) -> KeyClaims {
        KeyClaims(
            claimants, policy: policy, leases: leases, learned: learned.isEmpty ? nil : learned[address])
    }

    /// A conflict that comes again is decided by what is true then.
    private mutating func forgetLeases() {
        guard !leases.isEmpty else { return }
        let rivals = rivals
        leases = leases.filter { rivals.contains($0.key) }
    }
}

// MARK: Evidence

extension IdentityTable {
    /// Whether more than one node has this machine id or system UUID.
    func isShared(_ id: String) -> Bool { (machineIDs[Self.folded(id)] ?? 0) > 1 }

    /// Puts what was learned of a key in the place of what was known of it; nil: nothing.
    mutating func learn(_ lesson: LearnedEvidence?, at address: SocketAddress) -> IdentityChanges {
        var changes = IdentityChanges()
        guard policy.checksEvidence, let before = key(of: address) else { return changes }
        learned[address] = lesson
        setClaims(makeKey(before.claimants, at: address), on: address)
        changes.note(address, from: before, to: key(of: address))
        return changes
    }

    /// What was learned since this table began to be built.
    mutating func takeEvidence(from current: IdentityTable) {
        guard policy.checksEvidence else { return }
        fingerprints = current.fingerprints
        for (address, known) in current.learned where learned[address] !== known {
            guard let key = key(of: address), known.holds(for: key.claimants) else { continue }
            _ = learn(known, at: address)
        }
    }

    private mutating func forgetIfOutdated(at address: SocketAddress) {
        guard let known = learned[address] else { return }
        if key(of: address).map({ known.holds(for: $0.claimants) }) != true { learned[address] = nil }
    }
}
