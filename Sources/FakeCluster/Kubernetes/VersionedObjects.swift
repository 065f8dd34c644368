/// The objects of one kind with their history, as etcd keeps them: every change has a revision, old revisions can be read
/// until they are compacted away.
struct VersionedObjects {
    struct Object: Hashable {
        let name: String
        let labels: [String: String]
        let revision: Int
        /// Without `kind` and `apiVersion`.
        let json: [UInt8]
    }

    struct Change {
        enum Kind: String {
            case added = "ADDED"
            case modified = "MODIFIED"
            case deleted = "DELETED"
        }

        let kind: Kind
        let revision: Int
        /// After the change; for a deletion the last state, under the deletion's revision.
        let object: Object
        let previous: Object?
    }

    /// By name, in the order in which lists return them.
    private(set) var current: [Object] = []
    private(set) var history: [Change] = []
    /// Revisions below this one are gone.
    private(set) var oldestRevision: Int
    /// Older changes are compacted away, so that a long run does not keep every state there ever was.
    private let historyLimit: Int

    init(oldestRevision: Int, historyLimit: Int = 20_000) {
        self.oldestRevision = oldestRevision
        self.historyLimit = historyLimit
    }

    func object(named name: String) -> Object? {
        let place = place(of: name)
        return place < current.count && current[place].name == name ? current[place] : nil
    }

    mutating func put(_ object: Object) {
        let place = place(of: object.name)
        if place < current.count, current[place].name == object.name {
            record(Change(kind: .modified, revision: object.revision, object: object, previous: current[place]))
            current[place] = object
        } else {
            record(Change(kind: .added, revision: object.revision, object: object, previous: nil))
            current.insert(object, at: place)
        }
    }

    /// - Parameter final: the object's last state, under the revision of its deletion.
    mutating func delete(final: Object) {
        let place = place(of: final.name)
        guard place < current.count, current[place].name == final.name else { return }
        record(Change(kind: .deleted, revision: final.revision, object: final, previous: current[place]))
        current.remove(at: place)
    }

    /// All objects as they were at a revision; nil when it was compacted away.
    func snapshot(at revision: Int) -> [Object]? {
        guard revision >= oldestRevision else { return nil }
        var snapshot: [String: Object]?
        for change in history.reversed() where change.revision > revision {
            var objects = snapshot ?? Dictionary(uniqueKeysWithValues: current.map { ($0.name, $0) })
            objects[change.object.name] = change.previous
            snapshot = objects
        }
        guard let snapshot else { return current }
        return snapshot.values.sorted { $0.name < $1.name }
    }

    /// The changes after a revision; nil when some of them were compacted away.
    func changes(after revision: Int) -> ArraySlice<Change>? {
        guard revision >= oldestRevision else { return nil }
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history[middle].revision > revision { high = middle } else { low = middle + 1 }
        }
        return history[low...]
    }

    /// Forgets what was before a revision.
    mutating func compact(to revision: Int) {
        history.removeAll { $0.revision <= revision }
        oldestRevision = max(oldestRevision, revision)
    }

    private mutating func record(_ change: Change) {
        history.append(change)
        // Half at a time, so that a change costs the same on average however long the run is.
        if history.count > historyLimit { compact(to: history[history.count / 2].revision) }
    }

    private func place(of name: String) -> Int {
        var low = 0
        var high = current.count
        while low < high {
            let middle = (low + high) / 2
            if current[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
