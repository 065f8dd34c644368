import Testing

@testable import Discovery

@Suite struct NodeWatchTests {
    private static func node(_ name: String, _ revision: String) -> Node { Node(name: name, resourceVersion: revision) }

    private static func page(_ names: String..., at revision: String, continuation: String = "") -> NodeListPage {
        NodeListPage(
            nodes: names.map { node($0, "1") }, resourceVersion: revision, continuation: continuation)
    }

    private static func gone(_ message: String = "too old") -> APIStatus {
        APIStatus(code: 410, reason: "Expired", message: message)
    }

    /// A watch that listed one node at revision 10 and is open.
    private static func following() -> NodeWatch {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.request()
        _ = watch.received(page("a", at: "10"))
        _ = watch.request()
        _ = watch.opened()
        return watch
    }

    private static func watchedRevision(_ watch: inout NodeWatch) -> String? {
        guard case .watch(let revision, _) = watch.request() else { return nil }
        return revision
    }

    // MARK: - In good order

    @Test("A list is told when its last page came, and a watch follows from its revision")
    func listing() {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        #expect(watch.pause == .zero)
        #expect(watch.request() == .list(continuation: "", limit: 500))
        #expect(watch.received(Self.page("a", "b", at: "10", continuation: "next")) == nil)
        #expect(watch.request() == .list(continuation: "next", limit: 500))
        #expect(watch.received(Self.page("c", at: "10")) == .snapshot(["a", "b", "c"].map { Self.node($0, "1") }))
        #expect(Self.watchedRevision(&watch) == "10")
        #expect(watch.opened() == .live)
        #expect(watch.pause == .zero)
    }

    @Test("A watch is asked to end after 5 to 10 minutes, not always the same")
    func timeouts() {
        var seconds: Set<Int> = []
        for seed in 0..<50 {
            var watch = NodeWatch(random: SplitMix64(state: UInt64(seed)))
            _ = watch.received(Self.page(at: "10"))
            if case .watch(_, let timeout) = watch.request() { seconds.insert(timeout) }
        }
        #expect(seconds.allSatisfy { (300...600).contains($0) })
        #expect(seconds.count > 20)
    }

    @Test("Changes are told at once and a lost watch is resumed behind the last")
    func changes() throws {
        var watch = Self.following()
        #expect(try watch.received(.added(Self.node("b", "11"))) == .change(.added(Self.node("b", "11"))))
        #expect(try watch.received(.modified(Self.node("b", "12"))) == .change(.modified(Self.node("b", "12"))))
        #expect(try watch.received(.deleted(Self.node("a", "13"))) == .change(.deleted(Self.node("a", "13"))))
        #expect(watch.finished(.unreachable("reset")) == .disconnected(reason: "reset"))
        #expect(Self.watchedRevision(&watch) == "13")
        #expect(watch.opened() == .live)
    }

    @Test("A bookmark moves the revision forward, never back")
    func bookmarks() throws {
        var watch = Self.following()
        #expect(try watch.received(.bookmark(resourceVersion: "20")) == nil)
        #expect(try watch.received(.bookmark(resourceVersion: "20")) == nil)
        #expect(try watch.received(.bookmark(resourceVersion: "15")) == nil)
        _ = watch.finished(.closed(after: .seconds(400)))
        #expect(Self.watchedRevision(&watch) == "20")
    }

    @Test("A watch whose time is up is resumed at once and without a word")
    func timeIsUp() {
        var watch = Self.following()
        #expect(watch.finished(.closed(after: .seconds(400))) == nil)
        #expect(watch.pause == .zero)
        #expect(Self.watchedRevision(&watch) == "10")
        #expect(watch.opened() == nil)
    }

    // MARK: - Gone

    @Test("410 in any form leads to a fresh list at once, and the old table stays until it is whole")
    func goneAtOnce() {
        var watch = Self.following()
        #expect(watch.finished(.refused(Self.gone())) == nil)
        #expect(watch.pause == .zero)
        #expect(watch.request() == .list(continuation: "", limit: 500))
        #expect(watch.received(Self.page("z", at: "30")) == .snapshot([Self.node("z", "1")]))
        #expect(Self.watchedRevision(&watch) == "30")
    }

    @Test("410 after an outage is no failure more: the list comes at once")
    func goneAfterOutage() {
        var watch = Self.following()
        for _ in 0..<10 { _ = watch.finished(.unreachable("down")) }
        _ = watch.request()
        #expect(watch.opened() == .live)
        #expect(watch.finished(.refused(Self.gone())) == nil)
        #expect(watch.pause == .zero)
        #expect(watch.request() == .list(continuation: "", limit: 500))
    }

    @Test("410 again and again is slowed down")
    func goneAgain() {
        var watch = Self.following()
        var pauses: [Duration] = []
        for _ in 0..<12 {
            _ = watch.finished(.refused(Self.gone()))
            pauses.append(watch.pause)
            _ = watch.request()
            _ = watch.received(Self.page("a", at: "10"))
            _ = watch.request()
            _ = watch.opened()
        }
        #expect(pauses.first == .zero)
        #expect(pauses.dropFirst().allSatisfy { $0 > .zero && $0 <= .seconds(10) })
        #expect(pauses.suffix(3).allSatisfy { $0 >= .seconds(5) })
    }

    @Test("A page that is gone leads to a list from its start, in larger pages, and nothing of the old one is told")
    func gonePage() {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.request()
        _ = watch.received(Self.page("a", at: "10", continuation: "next"))
        #expect(
            watch.finished(.refused(Self.gone()))
                == .disconnected(reason: "the API server answered status 410: too old"))
        #expect(watch.request() == .list(continuation: "", limit: 2000))
        #expect(watch.received(Self.page("b", at: "20")) == .snapshot([Self.node("b", "1")]))
        _ = watch.finished(.refused(Self.gone()))
        #expect(watch.request() == .list(continuation: "", limit: 500))
    }

    // MARK: - What can't be true

    @Test("Events that came before, or out of order, lead to a fresh list", arguments: ["10", "9", "1"])
    func duplicates(revision: String) {
        var watch = Self.following()
        let ending = #expect(throws: NodeWatch.Ending.self) {
            try watch.received(.modified(Self.node("a", revision)))
        }
        guard let ending else { return }
        guard case .disconnected = watch.finished(ending) else {
            Issue.record("not told")
            return
        }
        #expect(watch.request() == .list(continuation: "", limit: 500))
        #expect(watch.pause > .zero)
    }

    @Test("Revisions that are no numbers need only differ")
    func opaqueRevisions() throws {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.received(Self.page("a", at: "x"))
        #expect(try watch.received(.modified(Self.node("a", "b"))) != nil)
        #expect(throws: NodeWatch.Ending.self) { try watch.received(.modified(Self.node("a", "b"))) }
    }

    @Test("Pages of two lists are no list")
    func mixedPages() {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.received(Self.page("a", at: "10", continuation: "next"))
        guard case .disconnected = watch.received(Self.page("b", at: "11")) else {
            Issue.record("not told")
            return
        }
        #expect(watch.request() == .list(continuation: "", limit: 500))
    }

    // MARK: - Failures

    @Test(
        "How a failed watch goes on",
        arguments: [
            (.unreachable("reset"), "10"), (.closed(after: .milliseconds(10)), "10"),
            (.refused(APIStatus(code: 429, message: "busy")), "10"),
            (.refused(APIStatus(code: 500, message: "")), "10"),
            (.refused(APIStatus(code: 504, message: "")), "10"), (.refused(APIStatus(code: 401, message: "")), "10"),
            (.refused(APIStatus(code: 403, message: "")), "10"), (.refused(APIStatus(code: 400, message: "")), nil),
            (.silent(.seconds(90)), nil), (.unreadable("x"), nil),
        ] as [(NodeWatch.Ending, String?)])
    func failedWatch(ending: NodeWatch.Ending, revision: String?) {
        var watch = Self.following()
        guard case .disconnected = watch.finished(ending) else {
            Issue.record("not told")
            return
        }
        #expect(watch.pause >= .milliseconds(100))
        #expect(watch.pause <= .milliseconds(200))
        #expect(Self.watchedRevision(&watch) == revision)
        #expect(watch.opened() == .live)
    }

    @Test("A page that fails is asked for again, the pages before are kept")
    func failedPage() {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.received(Self.page("a", at: "10", continuation: "next"))
        #expect(watch.finished(.unreachable("reset")) == .disconnected(reason: "reset"))
        #expect(watch.request() == .list(continuation: "next", limit: 500))
        #expect(watch.received(Self.page("b", at: "10")) == .snapshot([Self.node("a", "1"), Self.node("b", "1")]))
    }

    @Test("Pauses double up to 10 s with jitter, and start small again when something was told")
    func pauses() throws {
        var watch = Self.following()
        var pauses: [Duration] = []
        for _ in 0..<10 {
            _ = watch.finished(.unreachable("reset"))
            pauses.append(watch.pause)
        }
        for (position, pause) in pauses.enumerated() {
            let full = min(Duration.milliseconds(200 << position), .seconds(10))
            #expect(pause >= full / 2 && pause <= full)
        }
        #expect(Set(pauses.suffix(4)).count == 4)
        _ = try watch.received(.bookmark(resourceVersion: "11"))
        _ = watch.finished(.unreachable("reset"))
        #expect(watch.pause <= .milliseconds(200))
    }

    @Test("Retry-After is kept to, up to 10 s", arguments: [(1, 1), (7, 7), (3600, 10)])
    func retryAfter(asked: Int, waited: Int) {
        var watch = Self.following()
        _ = watch.finished(.refused(APIStatus(code: 429, message: "", retryAfter: asked)))
        #expect(watch.pause == .seconds(waited))
    }

    @Test("A refusal says what to do")
    func remedies() {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        #expect(
            watch.finished(.refused(APIStatus(code: 403, message: "nodes is forbidden")))
                == .disconnected(reason: "status 403: nodes is forbidden: grant get, list and watch on nodes"))
        #expect(
            watch.finished(.refused(APIStatus(code: 401, message: "Unauthorized")))
                == .disconnected(
                    reason: "the API server does not know our credentials (status 401: Unauthorized): "
                        + "check the token or client certificate"))
    }

    // MARK: - Recorded

    @Test(
        "Recorded watches that are gone, in both wordings", .enabled(if: Vectors.arePresent),
        arguments: ["gone.watch_old", "gone.watch_rv1", "gone.watch_rv1_http11", "gone.watch_rv2_nocache"])
    func recordedGone(name: String) throws {
        var watch = Self.following()
        let line = try #require(try Vectors.lines("kubernetes/\(name).body").first)
        let ending = #expect(throws: NodeWatch.Ending.self) { try watch.received(try WatchEvent(json: line)) }
        #expect(watch.finished(try #require(ending)) == nil)
        #expect(watch.request() == .list(continuation: "", limit: 500))
    }

    @Test("A recorded continue that expired brings a new token, which is not used", .enabled(if: Vectors.arePresent))
    func recordedContinue() throws {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        let page = try NodeListPage(json: try Vectors.bytes("kubernetes/gone.list_continue.body"))
        #expect(watch.received(page) == nil)
        let body = try Vectors.bytes("kubernetes/gone.list_continue_restarted.body")
        _ = watch.finished(.refused(APIStatus(httpStatus: 410, body: body)))
        #expect(watch.request() == .list(continuation: "", limit: 2000))
    }

    @Test("A recorded list and the watch behind it lead to the recorded end", .enabled(if: Vectors.arePresent))
    func recordedWatch() throws {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        var names: Set<String> = []
        func apply(_ update: NodeUpdate?) {
            switch update {
            case .snapshot(let nodes): names = Set(nodes.map(\.name))
            case .change(.added(let node)), .change(.modified(let node)): names.insert(node.name)
            case .change(.deleted(let node)): names.remove(node.name)
            default: break
            }
        }
        apply(watch.received(try NodeListPage(json: try Vectors.bytes("kubernetes/list.full.body"))))
        #expect(names == ["alpha", "beta", "delta", "eps", "gamma-new", "gamma-old"])
        for line in try Vectors.lines("kubernetes/watch.bookmarks_3min.body") {
            apply(try watch.received(try WatchEvent(json: line)))
        }
        #expect(names == ["alpha", "beta", "gamma-new", "gamma-old", "omega", "zeta"])
        #expect(Self.watchedRevision(&watch) == "275")
    }

    @Test("The reuse of an address, as it was recorded", .enabled(if: Vectors.arePresent))
    func recordedReuse() throws {
        var watch = NodeWatch(random: SplitMix64(state: 1))
        _ = watch.received(NodeListPage(nodes: [], resourceVersion: "3492"))
        var states: [String] = []
        var ready: [String: String] = [:]
        for line in try Vectors.lines("scenario-ip-reuse/watch.body") {
            guard case .change(let change) = try watch.received(try WatchEvent(json: line)) else { continue }
            let node = change.node
            if case .deleted = change { ready[node.name] = nil } else { ready[node.name] = "\(node.ready.status)" }
            #expect(node.addresses.isEmpty || node.addresses.first == NodeAddress(.internalIP, "127.0.0.31"))
            let state = ready.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            if state != states.last { states.append(state) }
        }
        #expect(
            states == [
                "old missing", "old false", "old true", "new missing, old true", "new false, old true",
                "new true, old true", "new true, old unknown", "new true", "new unknown", "",
            ])
    }
}
