import Foundation
import Testing

@testable import FakeCluster

/// The fake beside recordings of the real server: the same status, content type and shape for the same request.
@Suite(.enabled(if: RecordedVectors.arePresent, "the recorded answers are absent"))
struct RecordedAPITests {
    /// What lists of the fake leave out on purpose, and labels and taints that depend on the node.
    private static let left = ["managedFields", "taints", "annotations", "kubernetes.io"]

    /// A cluster as it was recorded: six nodes, revision 226, nothing older than 200.
    private static func state() -> FakeAPIState {
        var state = FakeAPIState(revision: 213)
        state.users = ["t": .relabelProxy, "n": FakeUser("nobody")]
        for (index, name) in ["alpha", "beta", "delta", "eps", "gamma-new", "gamma-old"].enumerated() {
            var node = FakeNode(name, address: "127.0.2.\(index + 1)")
            if name == "beta" { node.addresses.insert(FakeNode.Address("ExternalIP", "203.0.113.7"), at: 1) }
            if name == "delta" { node.mark(.unknown) }
            if name == "eps" { node.deletedAt = node.createdAt + 1 }
            state.put(node)
        }
        state.advanceRevision(by: 226 - state.revision)
        return state
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let recording: String
        let target: String
        var token: String? = "t"
        var method = "GET"
        var compacted = false
        var testDescription: String { recording }
    }

    @Test(
        "An answer has the recorded status, content type and shape",
        arguments: [
            Case(recording: "list.full", target: "/api/v1/nodes"),
            Case(recording: "list.rv0.limit2", target: "/api/v1/nodes?resourceVersion=0&limit=2"),
            Case(recording: "list.limit2.page1", target: "/api/v1/nodes?limit=2"),
            Case(
                recording: "list.exact", target: "/api/v1/nodes?resourceVersion=226&resourceVersionMatch=Exact"),
            Case(recording: "list.field_name", target: "/api/v1/nodes?fieldSelector=metadata.name%3Dalpha"),
            Case(recording: "get.alpha", target: "/api/v1/nodes/alpha"),
            Case(recording: "err.404_node", target: "/api/v1/nodes/nosuch"),
            Case(recording: "err.404_path", target: "/api/v1/nosuch"),
            Case(recording: "err.401_badtoken", target: "/api/v1/nodes", token: "bad"),
            Case(recording: "err.403_anonymous", target: "/api/v1/nodes", token: nil),
            Case(recording: "err.403_nobody_list", target: "/api/v1/nodes", token: "n"),
            Case(recording: "err.403_nobody_get", target: "/api/v1/nodes/alpha", token: "n"),
            Case(recording: "err.403_nobody_watch", target: "/api/v1/nodes?watch=1", token: "n"),
            Case(recording: "err.403_relabel_delete", target: "/api/v1/nodes/alpha", method: "DELETE"),
            Case(recording: "err.400_limit", target: "/api/v1/nodes?limit=x"),
            Case(recording: "err.400_rv", target: "/api/v1/nodes?resourceVersion=abc"),
            Case(recording: "list.field_unsupported", target: "/api/v1/nodes?fieldSelector=status.addresses%3Dx"),
            Case(recording: "err.rv_toolarge_list", target: "/api/v1/nodes?resourceVersion=99999999"),
            Case(recording: "err.422_sendinitial_nomatch", target: "/api/v1/nodes?watch=1&sendInitialEvents=true"),
            Case(
                recording: "gone.list_exact_restarted",
                target: "/api/v1/nodes?resourceVersion=2&resourceVersionMatch=Exact", compacted: true),
            Case(recording: "readyz", target: "/readyz"),
        ])
    func answer(_ example: Case) throws {
        var state = Self.state()
        if example.compacted { state.compact() }
        let headers = example.token.map { ["authorization": "Bearer \($0)"] } ?? [:]
        let answer = state.answer(APIRequest(example.method, example.target, headers: headers))
        guard case .response(let response) = answer else {
            Issue.record("the fake began a watch")
            return
        }
        let head = String(decoding: try RecordedVectors.bytes("kubernetes/\(example.recording).hdr"), as: UTF8.self)
        #expect(head.contains(" \(response.status) "))
        #expect(head.contains("content-type: \(response.contentType)"))
        #expect(head.contains("retry-after") == response.headers.contains { $0.name == "Retry-After" })
        let body = try RecordedVectors.bytes("kubernetes/\(example.recording).body")
        guard response.contentType == "application/json" else {
            #expect(body == response.body)
            return
        }
        let (real, fake) = (try JSONShape(body), try JSONShape(response.body))
        #expect(real.missing(from: fake, ignoring: Self.left) == [])
        if response.status >= 400 { #expect(fake.missing(from: real) == []) }
    }

    @Test("Errors are worded as recorded", arguments: ["gone.list_continue_restarted", "err.404_node", "err.429"])
    func words(recording: String) throws {
        var state = Self.state()
        var target = "/api/v1/nodes/nosuch"
        if recording == "gone.list_continue_restarted" {
            target = "/api/v1/nodes?continue=" + ContinueToken(revision: 226, after: "beta").text
            state.put(FakeNode("zeta", address: "127.0.2.9"))
            state.compact()
        }
        if recording == "err.429" { state.requestsToTurnAway = 1 }
        let answer = state.answer(APIRequest("GET", target, headers: ["authorization": "Bearer t"]))
        guard case .response(let response) = answer else { return }
        let real = String(decoding: try RecordedVectors.bytes("kubernetes/\(recording).body"), as: UTF8.self)
        let fake = String(decoding: response.body, as: UTF8.self)
        // The fresh token of a 410 names the place in another way, which clients must not look into.
        let tokens = /"continue":"[^"]*"/
        #expect(fake.replacing(tokens, with: "") == real.replacing(tokens, with: ""))
    }

    @Test("The real server's continue tokens can be read")
    func continueToken() throws {
        let body = try RecordedVectors.bytes("kubernetes/list.limit2.page1.body")
        let token = try #require(try FakeAPIStateTests.Page(APIResponse(body: body)).metadata.continue)
        #expect(ContinueToken(token) == ContinueToken(revision: 226, after: "beta"))
        #expect(ContinueToken(revision: 226, after: "beta").text == token)
    }

    @Test("The events of a streaming list are those recorded, in order")
    func streamingList() throws {
        var state = Self.state()
        let answer = state.answer(
            APIRequest(
                "GET",
                "/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
                headers: ["authorization": "Bearer t"]))
        guard case .watch(var watch) = answer else {
            Issue.record("no watch")
            return
        }
        let fake = watch.turn(state, now: 0).lines
        let real = try RecordedVectors.lines("kubernetes/watch.sendinitial.body").prefix(fake.count)
        #expect(fake.count == 7)
        for (real, fake) in zip(real, fake) {
            #expect(try JSONShape(real).missing(from: JSONShape(fake), ignoring: Self.left) == [])
        }
        // A bookmark has nothing of its own but the revision.
        let revisions = /"resourceVersion":"\d+"/
        let bookmarks = [real.last, fake.last].map { line in
            String(decoding: line ?? [], as: UTF8.self).replacing(revisions, with: "").filter { $0 != "\n" }
        }
        #expect(bookmarks[0] == bookmarks[1])
    }

    @Test("A watch from a revision that is gone gets the recorded ERROR event", arguments: [true, false])
    func goneWatch(hasWatchCache: Bool) throws {
        var state = Self.state()
        state.advanceRevision(by: 283 - state.revision)
        state.compact()
        state.hasWatchCache = hasWatchCache
        let revision = hasWatchCache ? 240 : 2
        let answer = state.answer(
            APIRequest(
                "GET", "/api/v1/nodes?watch=1&resourceVersion=\(revision)", headers: ["authorization": "Bearer t"]))
        guard case .watch(var watch) = answer else {
            Issue.record("no watch")
            return
        }
        let recording = hasWatchCache ? "gone.watch_old" : "gone.watch_rv2_nocache"
        #expect(watch.turn(state, now: 0).lines.first == (try RecordedVectors.bytes("kubernetes/\(recording).body")))
    }
}
