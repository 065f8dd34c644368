/// List and watch of nodes as decisions without I/O (spec 4.5): which request comes next and when, and what an answer
/// means for the table.
///
/// A list is fetched in pages and told only when whole. A watch follows from the list's revision and is resumed from the
/// last revision it told, until the server says 410, falls silent or tells what can't be true: then a fresh list follows.
/// Failures are repeated after a pause that doubles up to 10 s, with jitter.
package struct NodeWatch: Sendable {
    package enum Request: Sendable, Equatable {
        /// An empty continuation asks for the first page.
        case list(continuation: String, limit: Int)
        case watch(resourceVersion: String, timeoutSeconds: Int)
    }

    /// How a request ended, other than with a page.
    package enum Ending: Error, Sendable, Equatable {
        /// The server closed the watch in an orderly way.
        case closed(after: Duration)
        /// A status other than 200, or an ERROR event.
        case refused(APIStatus)
        /// Nothing, or only a part, came back.
        case unreachable(String)
        /// Not a byte came for so long.
        case silent(Duration)
        /// What came makes no sense.
        case unreadable(String)
    }

    private enum State {
        case listing(pages: [Node], resourceVersion: String, continuation: String)
        case watching(resourceVersion: String)
    }

    private var state = State.listing(pages: [], resourceVersion: "", continuation: "")
    private var random: any RandomNumberGenerator & Sendable
    /// Failures since a watch last told something.
    private var failures = 0
    /// The revision was gone, and no watch has told anything since.
    private var isGoneAgain = false
    private var limit = Self.pageSize
    private var isLive = false
    /// The watch in progress brought an event or a bookmark.
    private var hasTold = false
    /// What to wait before `request`.
    package private(set) var pause = Duration.zero

    private static let pageSize = 500
    private static let longestPause = Duration.seconds(10)

    package init(random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) { self.random = random }

    /// The request to make after `pause`. A watch is given 5 to 10 minutes, so that many proxies don't return at once.
    package mutating func request() -> Request {
        hasTold = false
        return switch state {
        case .listing(_, _, let continuation): .list(continuation: continuation, limit: limit)
        case .watching(let revision):
            .watch(resourceVersion: revision, timeoutSeconds: Int.random(in: 300...600, using: &random))
        }
    }
}

// MARK: - What answers mean

extension NodeWatch {
    /// A page came: the update to deliver, if it was the last.
    package mutating func received(_ page: NodeListPage) -> NodeUpdate? {
        guard case .listing(var nodes, let revision, _) = state else { return nil }
        guard revision.isEmpty || revision == page.resourceVersion else {
            // Pages of two lists; their sum is a table that never was.
            return finished(.unreadable("the list changed its revision between two pages"))
        }
        pause = .zero
        nodes.append(contentsOf: page.nodes)
        guard page.continuation.isEmpty else {
            state = .listing(
                pages: nodes, resourceVersion: page.resourceVersion, continuation: page.continuation)
            return nil
        }
        state = .watching(resourceVersion: page.resourceVersion)
        limit = Self.pageSize
        return .snapshot(nodes)
    }

    /// The watch was answered with 200, which comes before its first event.
    package mutating func opened() -> NodeUpdate? {
        guard !isLive else { return nil }
        isLive = true
        return .live
    }

    /// An event came.
    ///
    /// - Returns: the update to deliver.
    /// - Throws: the ending to report with `finished` after closing the watch.
    package mutating func received(_ event: WatchEvent) throws(Ending) -> NodeUpdate? {
        guard case .watching(let revision) = state else { return nil }
        let change: NodeChange
        switch event {
        case .error(let status): throw .refused(status)
        case .bookmark(let next):
            noteProgress()
            // An older bookmark must not turn the watch back.
            if Self.isAfter(next, revision) { state = .watching(resourceVersion: next) }
            return nil
        case .added(let node): change = .added(node)
        case .modified(let node): change = .modified(node)
        case .deleted(let node): change = .deleted(node)
        }
        let next = change.node.resourceVersion
        guard Self.isAfter(next, revision) else {
            throw .unreadable("an event with revision \(next) came after revision \(revision)")
        }
        noteProgress()
        state = .watching(resourceVersion: next)
        return .change(change)
    }

    private mutating func noteProgress() {
        failures = 0
        isGoneAgain = false
        hasTold = true
    }

    /// Revisions are opaque except that those of one server grow; of others we only see whether they differ.
    private static func isAfter(_ next: String, _ last: String) -> Bool {
        guard let nextNumber = UInt64(next), let lastNumber = UInt64(last) else { return next != last }
        return nextNumber > lastNumber
    }
}

// MARK: - How requests end

extension NodeWatch {
    /// A request ended without a page: decides what comes next.
    ///
    /// - Returns: the update to deliver, which says once that the table may be missing changes.
    package mutating func finished(_ ending: Ending) -> NodeUpdate? {
        switch (state, ending) {
        case (.watching, .closed(let lifetime)) where hasTold || lifetime >= .seconds(1):
            // Its time was up, or the server restarts.
            failures = 0
            isGoneAgain = false
            pause = .zero
            return nil
        case (.watching, .refused(let status)) where status.isGone:
            startOver()
            // After an outage, or an hour without a bookmark, this is routine, and the list comes at once.
            guard isGoneAgain else {
                isGoneAgain = true
                pause = .zero
                return nil
            }
        case (.watching, .silent), (.watching, .unreadable), (.listing, .unreadable): startOver()
        // The server knows the revision no better next time.
        case (.watching, .refused(let status)) where status.code == 400: startOver()
        case (.listing(_, _, let continuation), .refused(let status)) where !continuation.isEmpty:
            // A page that takes too long to come to is gone, so take larger steps. The server offers to continue with
            // newer nodes, but then the whole never was true at one time.
            if status.isGone { limit = min(limit * 4, 32_000) }
            if status.isGone || status.code == 400 { startOver() }
        default: break
        }
        return retry(ending)
    }

    private mutating func startOver() { state = .listing(pages: [], resourceVersion: "", continuation: "") }

    private mutating func retry(_ ending: Ending) -> NodeUpdate? {
        failures += 1
        let doubled = Duration.milliseconds(200 << min(failures - 1, 6))
        pause = min(doubled, Self.longestPause) * Double.random(in: 0.5...1, using: &random)
        if case .refused(let status) = ending, let seconds = status.retryAfter {
            pause = max(pause, min(.seconds(seconds), Self.longestPause))
        }
        isLive = false
        return .disconnected(reason: "\(ending)")
    }
}

extension NodeWatch.Ending: CustomStringConvertible {
    package var description: String {
        switch self {
        case .closed(let lifetime): "the API server closed the watch after \(lifetime) without an event"
        case .refused(let status):
            switch status.code {
            case 401: "the API server does not know our credentials (\(status)): check the token or client certificate"
            case 403: "\(status): grant get, list and watch on nodes"
            default: "the API server answered \(status)"
            }
        case .unreachable(let problem): problem
        case .silent(let limit): "not a byte from the API server for \(limit)"
        case .unreadable(let problem): "the API server's answer makes no sense: \(problem)"
        }
    }
}
