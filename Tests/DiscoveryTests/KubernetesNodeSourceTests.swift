import Testing

@testable import Discovery

@Suite(.timeLimit(.minutes(1))) struct KubernetesNodeSourceTests {
    private static func node(_ name: String, _ revision: String) -> String {
        #"{"metadata":{"name":"\#(name)","resourceVersion":"\#(revision)"}}"#
    }

    private static func page(_ names: String..., at revision: String, continuation: String = "")
        -> ScriptedServer.Answer
    {
        let items = names.map { node($0, "1") }.joined(separator: ",")
        return .json(
            #"{"kind":"NodeList","metadata":{"resourceVersion":"\#(revision)","continue":"\#(continuation)"},"items":[\#(items)]}"#
        )
    }

    private static func event(_ type: String, _ name: String, _ revision: String) -> String {
        #"{"type":"\#(type)","object":\#(node(name, revision))}"#
    }

    private static let expired =
        #"{"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}}"#

    /// Runs a source against `server` until it told `count` updates.
    private func updates(
        _ count: Int, from server: ScriptedServer, credential: KubernetesAccess.Credential = .none,
        selector: String = ""
    ) async -> [String] {
        let source = KubernetesNodeSource(
            access: KubernetesAccess(server: server.url, credential: credential), labelSelector: selector)
        let (stream, continuation) = AsyncStream.makeStream(of: NodeUpdate.self)
        return await withTaskGroup(of: [String].self) { group in
            group.addTask {
                await source.run { continuation.yield($0) }
                return []
            }
            var told: [String] = []
            for await update in stream {
                told.append(Self.summary(update))
                if told.count == count { break }
            }
            // Only returns because the source ends when it is cancelled, in the middle of a watch.
            group.cancelAll()
            await group.waitForAll()
            server.stop()
            return told
        }
    }

    private static func summary(_ update: NodeUpdate) -> String {
        switch update {
        case .snapshot(let nodes): "snapshot \(nodes.map(\.name).joined(separator: ","))"
        case .change(.added(let node)): "added \(node.name)"
        case .change(.modified(let node)): "modified \(node.name)"
        case .change(.deleted(let node)): "deleted \(node.name)"
        case .live: "live"
        case .disconnected(let reason): "disconnected \(reason)"
        }
    }

    @Test("Pages, then a watch from the list's revision; each request carries the token and the selector")
    func listAndWatch() async throws {
        let server = try ScriptedServer([
            Self.page("a", at: "10", continuation: "to ken+/="), Self.page("b", at: "10"),
            .watch([Self.event("ADDED", "c", "11"), Self.event("DELETED", "a", "12")], isHeld: true),
        ])
        let told = await updates(4, from: server, credential: .token(Secret("t0ken")), selector: "pool in (a, b)")
        #expect(told == ["snapshot a,b", "live", "added c", "deleted a"])
        let lines = server.requestLines
        let selector = "labelSelector=pool%20in%20%28a%2C%20b%29"
        #expect(lines.count == 3)
        #expect(lines.first == "GET /api/v1/nodes?limit=500&\(selector) HTTP/1.1")
        #expect(
            lines.dropFirst().first == "GET /api/v1/nodes?limit=500&continue=to%20ken%2B%2F%3D&\(selector) HTTP/1.1")
        let watch = try #require(lines.last)
        #expect(
            watch.hasPrefix("GET /api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds="))
        #expect(watch.hasSuffix("&\(selector) HTTP/1.1"))
        for request in server.requests {
            #expect(request.contains("\r\nAuthorization: Bearer t0ken\r\n"))
            #expect(request.contains("\r\nAccept: application/json\r\n"))
            #expect(!request.lowercased().contains("user-agent: curl"))
        }
        #expect(server.requests.map { $0.contains("Accept-Encoding: gzip") } == [true, true, false])
    }

    @Test("A watch that ends is resumed behind its last event; one that is gone leads to a list")
    func resume() async throws {
        let server = try ScriptedServer([
            Self.page("a", at: "10"), .watch([Self.event("MODIFIED", "a", "11")], isHeld: false),
            .watch([Self.event("ADDED", "b", "12"), Self.expired], isHeld: true), Self.page("z", at: "30"),
            .watch([Self.event("ADDED", "y", "31")], isHeld: true),
        ])
        let told = await updates(6, from: server)
        #expect(told == ["snapshot a", "live", "modified a", "added b", "snapshot z", "added y"])
        let watches = server.requestLines.filter { $0.contains("watch=true") }
        #expect(watches.map { $0.contains("resourceVersion=10&") } == [true, false, false])
        #expect(watches.map { $0.contains("resourceVersion=11&") } == [false, true, false])
        #expect(watches.map { $0.contains("resourceVersion=30&") } == [false, false, true])
    }

    @Test("A watch that breaks off in an event is told as lost and resumed, the half event not told")
    func brokenWatch() async throws {
        var broken = ScriptedServer.Answer.watch([Self.event("MODIFIED", "a", "11")], isHeld: true)
        broken.text += "50\r\n" + #"{"type":"ADDED","object":"#
        broken.isHeld = false
        let server = try ScriptedServer([
            Self.page("a", at: "10"), broken, .watch([Self.event("ADDED", "b", "12")], isHeld: true),
        ])
        let told = await updates(6, from: server)
        #expect(
            told.map { String($0.prefix { $0 != " " }) } == [
                "snapshot", "live", "modified", "disconnected", "live", "added",
            ])
        #expect(server.requestLines.last?.contains("resourceVersion=11&") == true)
    }

    @Test("A list that breaks off is never told")
    func brokenList() async throws {
        var broken = Self.page("a", "b", at: "10")
        broken.text = String(broken.text.dropLast(40))
        let server = try ScriptedServer([broken, Self.page("c", at: "11")])
        let told = await updates(2, from: server)
        #expect(told.first?.hasPrefix("disconnected \(server.url): ") == true)
        #expect(told.last == "snapshot c")
    }

    @Test("A refusal is shown, and asked again after a pause")
    func refused() async throws {
        let server = try ScriptedServer([
            .status(
                "403 Forbidden", #"{"kind":"Status","message":"nodes is forbidden","reason":"Forbidden","code":403}"#),
            .status("503 Service Unavailable", "no upstream"), Self.page("a", at: "10"),
        ])
        let told = await updates(3, from: server)
        #expect(
            told == [
                "disconnected status 403: nodes is forbidden: grant get, list and watch on nodes",
                "disconnected the API server answered status 503: no upstream", "snapshot a",
            ])
    }

    @Test("An event that makes no sense leads to a fresh list")
    func nonsense() async throws {
        let server = try ScriptedServer([
            Self.page("a", at: "10"), .watch(["{\"type\":\"ADDED\""], isHeld: true), Self.page("b", at: "11"),
            .watch([Self.event("ADDED", "c", "11")], isHeld: true), Self.page("d", at: "12"),
        ])
        let told = await updates(7, from: server)
        #expect(
            told.map { String($0.prefix { $0 != ":" }) } == [
                "snapshot a", "live", "disconnected the API server's answer makes no sense", "snapshot b", "live",
                "disconnected the API server's answer makes no sense", "snapshot d",
            ])
    }

    @Test("An API server that is away is told with its address")
    func away() {
        let gone = KubernetesAPIClient(KubernetesAccess(server: "http://127.0.0.1:1"))
        #expect {
            try gone.get("/version")
        } throws: {
            "\($0)".hasPrefix("http://127.0.0.1:1: Failed to connect to 127.0.0.1 port 1")
        }
    }

    @Test("Silence ends a request, before the head and behind it")
    func silence() throws {
        let server = try ScriptedServer([
            ScriptedServer.Answer(text: "", isHeld: true), .watch([Self.event("ADDED", "a", "11")], isHeld: true),
        ])
        defer { server.stop() }
        let client = KubernetesAPIClient(KubernetesAccess(server: server.url))
        let limit = Duration.milliseconds(50)
        #expect(throws: APIClientError.silent(limit)) { try client.get("/x", silence: limit) }
        var received = 0
        #expect(throws: APIClientError.silent(limit)) {
            try client.stream(
                "/x", silence: limit, opened: {},
                received: {
                    received += $0.count
                    return true
                })
        }
        #expect(received > 0)
    }

    @Test("An answer over the limit is refused, and so is a redirect followed")
    func limits() throws {
        let server = try ScriptedServer([
            .json(String(repeating: "x", count: 2000)),
            .status("302 Found", "", header: "Location: http://127.0.0.1:1/"),
            .status("429 Too Many Requests", "busy", header: "Retry-After: 7"),
        ])
        defer { server.stop() }
        let client = KubernetesAPIClient(
            KubernetesAccess(server: server.url, credential: .password(user: "u", Secret("p"))))
        #expect(throws: APIClientError.bodyTooLarge(limit: 1000)) { try client.get("/x", bodyLimit: 1000) }
        #expect(try client.get("/y").status == 302)
        #expect(try client.get("/z") == APIResponse(status: 429, body: Array("busy".utf8), retryAfter: 7))
        #expect(server.requests.allSatisfy { $0.contains("\r\nAuthorization: Basic dTpw\r\n") })
    }
}

@Suite(.timeLimit(.minutes(1))) struct FileNodeSourceTests {
    @Test("A file is followed until the task is cancelled")
    func follow() async throws {
        let folder = try ScratchFolder()
        let source = FileNodeSource(path: try folder.write("nodes.yaml", "kind: Node\nmetadata: {name: a}\n"))
        let (stream, continuation) = AsyncStream.makeStream(of: NodeUpdate.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await source.run { continuation.yield($0) } }
            var updates = stream.makeAsyncIterator()
            #expect(await updates.next() == .snapshot([Node(name: "a")]))
            #expect(await updates.next() == .live)
            try folder.write("nodes.yaml", "kind: Node\nmetadata: {name: b}\n")
            #expect(await updates.next() == .snapshot([Node(name: "b")]))
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
