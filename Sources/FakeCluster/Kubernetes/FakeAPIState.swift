/// What the fake API server knows, and how it answers: decisions only, no I/O. A revision counter runs through all kinds,
/// as in etcd.
package struct FakeAPIState: Sendable {
    package private(set) var revision: Int
    /// Bearer tokens and whom they stand for.
    package var users: [String: FakeUser] = [:]
    /// Without it, reads go to etcd: 410 and 504 are worded differently (vectors `nocache.*`).
    package var hasWatchCache = true
    /// How often a quiet watch that allows bookmarks gets one, in milliseconds.
    package var bookmarkInterval: UInt64 = 60_000
    /// So many of the next requests are turned away with 429.
    package var requestsToTurnAway = 0
    /// The nodes as they were put last: what the node proxy knows of them.
    private(set) var nodesByName: [String: FakeNode] = [:]
    private var nodes: VersionedObjects
    private var leases: VersionedObjects

    package init(revision: Int = 200) {
        self.revision = revision
        nodes = VersionedObjects(oldestRevision: revision)
        leases = VersionedObjects(oldestRevision: revision)
    }

    // MARK: Changes

    /// Adds or replaces a node.
    package mutating func put(_ node: FakeNode) {
        nodes.put(object(node))
        nodesByName[node.name] = node
    }

    /// - Returns: whether there was one.
    @discardableResult
    package mutating func delete(_ node: FakeNode) -> Bool {
        guard nodes.object(named: node.name) != nil else { return false }
        nodes.delete(final: object(node))
        nodesByName[node.name] = nil
        return true
    }

    package mutating func put(_ lease: FakeLease) {
        revision += 1
        leases.put(
            VersionedObjects.Object(
                name: lease.name, labels: [:], revision: revision, json: lease.json(resourceVersion: revision).text))
    }

    package mutating func delete(_ lease: FakeLease) {
        revision += 1
        leases.delete(
            final: VersionedObjects.Object(
                name: lease.name, labels: [:], revision: revision, json: lease.json(resourceVersion: revision).text))
    }

    /// Other objects of the cluster change too: the revision moves on, and nobody who watches nodes sees why.
    package mutating func advanceRevision(by steps: Int = 1) { revision += steps }

    /// Forgets the history: lists and watches from before now get 410.
    package mutating func compact() {
        nodes.compact(to: revision)
        leases.compact(to: revision)
    }

    private mutating func object(_ node: FakeNode) -> VersionedObjects.Object {
        revision += 1
        return VersionedObjects.Object(
            name: node.name, labels: node.labels, revision: revision, json: node.json(resourceVersion: revision).text)
    }

    func objects(_ kind: ResourceKind) -> VersionedObjects {
        switch kind {
        case .nodes: nodes
        case .leases: leases
        }
    }
}
