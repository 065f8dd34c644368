/// One watch: what it has sent, and what is due. It has no clock and no socket of its own: whoever serves it asks `turn`
/// when something changed or `wakeAt` has come.
package struct WatchStream: Sendable {
    let kind: ResourceKind
    private let options: WatchOptions
    private var lastRevision: Int
    /// Sent first.
    private var initial: [[UInt8]]
    private var isOver = false
    private var bookmarkAt: UInt64?
    private var endsAt: UInt64?
    private var started = false

    struct WatchOptions {
        var list: ListOptions
        var bookmarkInterval: UInt64
    }

    /// What is to be done at one moment.
    struct Turn {
        /// Whole lines, to be sent at once.
        var lines: [[UInt8]] = []
        /// When to ask again, even if nothing changed, in the caller's milliseconds.
        var wakeAt: UInt64?
        var isOver = false
    }

    /// - Parameter afterRevision: later changes are sent.
    init(_ kind: ResourceKind, _ options: WatchOptions, initial: [[UInt8]], afterRevision: Int, isOver: Bool = false) {
        self.kind = kind
        self.options = options
        self.initial = initial
        lastRevision = afterRevision
        self.isOver = isOver
    }

    /// - Parameter now: milliseconds of any steady clock.
    mutating func turn(_ state: FakeAPIState, now: UInt64) -> Turn {
        if !started { start(now) }
        var turn = Turn(lines: initial)
        initial = []
        guard !isOver else { return Turn(lines: turn.lines, isOver: true) }

        guard let changes = state.objects(kind).changes(after: lastRevision) else {
            // It stood still while history was compacted away under it.
            isOver = true
            turn.lines.append(Self.error(.expiredWatch(lastRevision, oldest: state.objects(kind).oldestRevision)))
            turn.isOver = true
            return turn
        }
        for change in changes {
            lastRevision = change.revision
            if let line = line(for: change) { turn.lines.append(line) }
        }
        if let moment = bookmarkAt, moment <= now {
            // A revision of the future stays silent for ever.
            if lastRevision <= state.revision {
                lastRevision = max(lastRevision, state.revision)
                turn.lines.append(kind.bookmark(revision: lastRevision, endsInitialEvents: false))
            }
            bookmarkAt = nextBookmark(after: now)
        }
        if let endsAt, endsAt <= now {
            isOver = true
            turn.isOver = true
        }
        turn.wakeAt = [bookmarkAt, endsAt].compactMap { $0 }.min()
        return turn
    }

    static func error(_ status: APIStatus) -> [UInt8] {
        Array("{\"type\":\"ERROR\",\"object\":".utf8) + status.json.text + Array("}\n".utf8)
    }

    private mutating func start(_ now: UInt64) {
        started = true
        endsAt = options.list.timeoutSeconds.map { now + UInt64(max(0, $0)) * 1000 }
        if options.list.allowsBookmarks { bookmarkAt = nextBookmark(after: now) }
    }

    /// At every interval, and 2 s before the end, so that the next watch starts late.
    private func nextBookmark(after now: UInt64) -> UInt64? {
        let regular = now + options.bookmarkInterval
        guard let endsAt, endsAt >= 2000 else { return regular }
        let last = endsAt - 2000
        if last > now { return min(regular, last) }
        return nil
    }

    /// To a selective watch, an object that begins to match is added, and one that ceases to is deleted.
    private func line(for change: VersionedObjects.Change) -> [UInt8]? {
        let selects = options.list.selects
        let before = change.previous.map(selects) ?? false
        let after = change.kind != .deleted && selects(change.object)
        let type: VersionedObjects.Change.Kind
        switch (before, after) {
        case (false, false): return nil
        case (false, true): type = .added
        case (true, true): type = .modified
        case (true, false): type = .deleted
        }
        return kind.event(type.rawValue, change.object.json)
    }
}

extension FakeAPIState {
    /// Begins a watch. One from too old a revision is answered with 200 and an ERROR event, not with a status.
    func watch(_ kind: ResourceKind, _ options: ListOptions) throws(APIStatus) -> WatchStream {
        let store = objects(kind)
        let watchOptions = WatchStream.WatchOptions(list: options, bookmarkInterval: bookmarkInterval)
        let asked = options.resourceVersion ?? 0
        if options.sendsInitialEvents || asked == 0 {
            if asked > revision { throw .tooLargeResourceVersion(asked, current: revision) }
            var initial = store.current.filter(options.selects).map { kind.event("ADDED", $0.json) }
            if options.sendsInitialEvents, options.allowsBookmarks {
                initial.append(kind.bookmark(revision: revision, endsInitialEvents: true))
            }
            return WatchStream(kind, watchOptions, initial: initial, afterRevision: revision)
        }
        guard asked >= store.oldestRevision else {
            let status: APIStatus =
                hasWatchCache ? .expiredWatch(asked, oldest: store.oldestRevision) : .expiredWatchUncached
            return WatchStream(
                kind, watchOptions, initial: [WatchStream.error(status)], afterRevision: asked, isOver: true)
        }
        return WatchStream(kind, watchOptions, initial: [], afterRevision: asked)
    }
}
