import Foundation
import Testing

@testable import FakeCluster

/// The fake API server's decisions, without a socket.
@Suite struct FakeAPIStateTests {
    static let token = "t"

    private static func state(_ names: [String] = ["alpha", "beta", "delta", "eps", "gamma"]) -> FakeAPIState {
        var state = FakeAPIState(revision: 200)
        state.users = [token: .relabelProxy, "nobody": FakeUser("nobody")]
        for (index, name) in names.enumerated() {
            var node = FakeNode(name, address: "127.0.2.\(index + 1)")
            node.labels["pool"] = index % 2 == 0 ? "even" : "odd"
            state.put(node)
        }
        return state
    }

    private func get(_ target: String, from state: inout FakeAPIState, token: String? = token) throws -> APIResponse {
        let headers = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
        let answer = state.answer(APIRequest("GET", "/api/v1/nodes" + target, headers: headers))
        guard case .response(let response) = answer else { throw UnexpectedAnswer() }
        return response
    }

    private func watch(_ query: String, _ state: inout FakeAPIState) throws -> WatchStream {
        let answer = state.answer(
            APIRequest("GET", "/api/v1/nodes?watch=1&" + query, headers: ["authorization": "Bearer \(Self.token)"]))
        guard case .watch(let watch) = answer else { throw UnexpectedAnswer() }
        return watch
    }

    struct UnexpectedAnswer: Error {}

    // MARK: Lists

    struct Page: Decodable {
        struct Metadata: Decodable {
            var resourceVersion: String?
            var `continue`: String?
            var remainingItemCount: Int?
        }
        struct Item: Decodable {
            struct Metadata: Decodable { var name: String }
            var metadata: Metadata
        }
        struct Cause: Decodable { var reason: String }
        struct Details: Decodable { var causes: [Cause]? }
        var kind: String
        var metadata: Metadata
        var items: [Item]?
        var code: Int?
        var message: String?
        var details: Details?

        var names: [String] { items?.map(\.metadata.name) ?? [] }

        init(_ response: APIResponse) throws {
            self = try JSONDecoder().decode(Page.self, from: Data(response.body))
        }
    }

    @Test("A list comes in pages of one revision, whatever changes between them")
    func pages() throws {
        var state = Self.state()
        let first = try Page(get("?limit=2", from: &state))
        #expect(first.names == ["alpha", "beta"])
        #expect(first.metadata.remainingItemCount == 3)
        state.put(FakeNode("aaa", address: "127.0.3.1"))
        state.delete(FakeNode("delta", address: "127.0.2.3"))
        let second = try Page(get("?limit=2&continue=\(#require(first.metadata.continue))", from: &state))
        #expect(second.names == ["delta", "eps"])
        #expect(second.metadata.resourceVersion == first.metadata.resourceVersion)
        let third = try Page(get("?limit=2&continue=\(#require(second.metadata.continue))", from: &state))
        #expect(third.names == ["gamma"])
        #expect(third.metadata.continue == nil)
        #expect(try Page(get("", from: &state)).names == ["aaa", "alpha", "beta", "eps", "gamma"])
    }

    @Test("An expired continue token is answered with 410 and a token that goes on with what there is now")
    func expiredContinue() throws {
        var state = Self.state()
        let first = try Page(get("?limit=2", from: &state))
        state.delete(FakeNode("delta", address: "127.0.2.3"))
        state.compact()
        let refused = try get("?limit=2&continue=\(#require(first.metadata.continue))", from: &state)
        #expect(refused.status == 410)
        let fresh = try #require(try Page(refused).metadata.continue)
        #expect(ContinueToken(fresh) == ContinueToken(revision: -1, after: "beta"))
        #expect(try Page(get("?limit=2&continue=\(fresh)", from: &state)).names == ["eps", "gamma"])
    }

    @Test(
        "Query parameters select what a list holds, and how much",
        arguments: [
            ("?limit=2&resourceVersion=0", ["alpha", "beta", "delta", "eps", "gamma"]),
            ("?labelSelector=pool%3Dodd", ["beta", "eps"]),
            ("?labelSelector=pool+notin+(odd),kubernetes.io/hostname!%3Dalpha", ["delta", "gamma"]),
            ("?labelSelector=!pool", []),
            ("?fieldSelector=metadata.name%3Deps", ["eps"]),
            ("?resourceVersion=202&resourceVersionMatch=Exact", ["alpha", "beta"]),
            ("?resourceVersion=201&resourceVersionMatch=NotOlderThan", ["alpha", "beta", "delta", "eps", "gamma"]),
        ])
    func selection(query: String, names: [String]) throws {
        var state = Self.state()
        #expect(try Page(get(query, from: &state)).names == names)
    }

    @Test(
        "A request that can't be granted gets the status and the words of the real server",
        arguments: [
            ("?limit=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
            ("?fieldSelector=status.addresses%3D1", 400, "field label not supported: status.addresses"),
            ("?resourceVersion=99999999", 504, "Timeout: Too large resource version: 99999999, current: 205"),
            ("/nosuch", 404, "nodes \"nosuch\" not found"),
            (
                "?watch=1&sendInitialEvents=true", 422,
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: "
                    + "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            ),
        ])
    func refusals(target: String, status: Int, message: String) throws {
        var state = Self.state()
        let response = try get(target, from: &state)
        #expect(response.status == status)
        #expect(try Page(response).message == message)
    }

    @Test("Without the watch cache a revision of the future is refused at once")
    func tooLargeWithoutCache() throws {
        var state = Self.state()
        #expect(try get("?resourceVersion=99999999", from: &state).delay == 3000)
        state.hasWatchCache = false
        let response = try get("?resourceVersion=99999999", from: &state)
        #expect(response.status == 504)
        #expect(response.delay == 0)
    }

    @Test(
        "Who asks decides: 401 for a bad token, 403 for none and for too few rights",
        arguments: [
            ("wrong", 401, "Unauthorized"),
            (
                nil, 403,
                "nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\" "
                    + "in API group \"\" at the cluster scope"
            ),
            (
                "nobody", 403,
                "nodes is forbidden: User \"nobody\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
            ),
        ] as [(String?, Int, String)])
    func identities(token: String?, status: Int, message: String) throws {
        var state = Self.state()
        let response = try get("", from: &state, token: token)
        #expect(response.status == status)
        #expect(try Page(response).message == message)
    }

    @Test("So many requests as told are turned away with 429, in plain text")
    func tooManyRequests() throws {
        var state = Self.state()
        state.requestsToTurnAway = 1
        let response = try get("", from: &state)
        #expect(response.status == 429)
        #expect(response.contentType.hasPrefix("text/plain"))
        #expect(response.headers.contains { $0 == ("Retry-After", "1") })
        #expect(try get("", from: &state).status == 200)
    }

    // MARK: Watches

    struct Event: Decodable, Equatable {
        struct Object: Decodable, Equatable {
            struct Metadata: Decodable, Equatable {
                var name: String?
                var resourceVersion: String?
                var annotations: [String: String]?
            }
            var metadata: Metadata
            var code: Int?
            var message: String?
        }
        var type: String
        var object: Object

        var summary: String {
            [type, object.metadata.name, object.metadata.resourceVersion, object.message].compactMap { $0 }
                .joined(separator: " ")
        }
    }

    private func events(_ watch: inout WatchStream, _ state: FakeAPIState, at now: UInt64 = 0) throws -> [String] {
        try watch.turn(state, now: now).lines.map { line in
            #expect(line.last == UInt8(ascii: "\n"))
            return try JSONDecoder().decode(Event.self, from: Data(line)).summary
        }
    }

    @Test("A watch from a revision brings what happened since, and what happens then")
    func watchFromRevision() throws {
        var state = Self.state(["alpha", "beta"])
        var watch = try watch("resourceVersion=201", &state)
        #expect(try events(&watch, state) == ["ADDED beta 202"])
        #expect(try events(&watch, state) == [])
        var alpha = FakeNode("alpha", address: "127.0.2.1")
        alpha.mark(.unknown)
        state.put(alpha)
        state.put(FakeNode("zeta", address: "127.0.2.9"))
        state.delete(alpha)
        #expect(try events(&watch, state) == ["MODIFIED alpha 203", "ADDED zeta 204", "DELETED alpha 205"])
    }

    @Test("A watch without a revision begins with all there is", arguments: ["", "resourceVersion=0"])
    func watchFromNow(query: String) throws {
        var state = Self.state(["alpha", "beta"])
        var watch = try watch(query, &state)
        #expect(try events(&watch, state) == ["ADDED alpha 201", "ADDED beta 202"])
    }

    @Test("A streaming list ends in an annotated bookmark, if bookmarks are allowed")
    func streamingList() throws {
        var state = Self.state(["alpha"])
        let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        var plain = try watch(query, &state)
        #expect(try events(&plain, state) == ["ADDED alpha 201"])
        var bookmarked = try watch(query + "&allowWatchBookmarks=true", &state)
        let lines = bookmarked.turn(state, now: 0).lines
        let last = try JSONDecoder().decode(Event.self, from: Data(#require(lines.last)))
        #expect(lines.count == 2)
        #expect(last.type == "BOOKMARK")
        #expect(last.object.metadata.annotations == ["k8s.io/initial-events-end": "true"])
    }

    @Test("Bookmarks come at intervals and 2 s before the end, and carry the revision of the whole cluster")
    func bookmarks() throws {
        var state = Self.state(["alpha"])
        var watch = try watch("resourceVersion=201&allowWatchBookmarks=true&timeoutSeconds=90", &state)
        #expect(watch.turn(state, now: 1000).wakeAt == 61_000)
        state.put(FakeLease("alpha", renewedAt: 0))
        #expect(try events(&watch, state, at: 60_999) == [])
        #expect(try events(&watch, state, at: 61_000) == ["BOOKMARK 202"])
        #expect(try events(&watch, state, at: 89_000) == ["BOOKMARK 202"])
        #expect(!watch.turn(state, now: 90_999).isOver)
        #expect(watch.turn(state, now: 91_000).isOver)
    }

    @Test(
        "A watch from a compacted revision is an ERROR event in two wordings, then the end", arguments: [true, false])
    func compacted(hasWatchCache: Bool) throws {
        var state = Self.state(["alpha", "beta"])
        state.compact()
        state.hasWatchCache = hasWatchCache
        var watch = try watch("resourceVersion=201", &state)
        let turn = watch.turn(state, now: 0)
        let event = try JSONDecoder().decode(Event.self, from: Data(#require(turn.lines.first)))
        #expect(turn.isOver)
        #expect(event.type == "ERROR")
        #expect(event.object.code == 410)
        #expect(
            event.object.message
                == (hasWatchCache
                    ? "too old resource version: 201 (202)" : "The resourceVersion for the provided watch is too old."))
    }

    @Test("A watch from a revision of the future stays open and silent, bookmarks included")
    func future() throws {
        var state = Self.state(["alpha"])
        var watch = try watch("resourceVersion=99999999&allowWatchBookmarks=true", &state)
        state.put(FakeNode("zeta", address: "127.0.2.9"))
        #expect(try events(&watch, state, at: 0) == [])
        #expect(try events(&watch, state, at: 600_000) == [])
    }

    @Test("To a selective watch, a node that begins to match is added and one that ceases to is deleted")
    func selectiveWatch() throws {
        var state = Self.state(["alpha", "beta"])
        var watch = try watch("resourceVersion=202&labelSelector=pool%3Dodd", &state)
        var alpha = FakeNode("alpha", address: "127.0.2.1")
        alpha.labels["pool"] = "odd"
        state.put(alpha)
        alpha.mark(.false)
        state.put(alpha)
        alpha.labels["pool"] = "even"
        state.put(alpha)
        state.put(alpha)
        #expect(try events(&watch, state) == ["ADDED alpha 203", "MODIFIED alpha 204", "DELETED alpha 205"])
    }

    @Test("Leases are listed and watched like nodes, under the same revisions")
    func leases() throws {
        var state = Self.state(["alpha"])
        state.put(FakeLease("alpha", renewedAt: 1_795_478_946_123))
        let path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
        let answer = state.answer(APIRequest("GET", path, headers: ["authorization": "Bearer \(Self.token)"]))
        guard case .response(let response) = answer else { throw UnexpectedAnswer() }
        #expect(try Page(response).kind == "LeaseList")
        #expect(
            String(decoding: response.body, as: UTF8.self).contains("\"renewTime\":\"2026-11-24T00:09:06.123000Z\""))
    }
}
