import Foundation
import Testing

@testable import FakeCluster

/// The fake API server over TLS, seen by curl.
@Suite(.enabled(if: Curl.isInstalled, "curl is not installed"))
struct FakeAPIServerTests {
    enum HTTPVersion: String, CaseIterable {
        case one = "--http1.1"
        case two = "--http2"
    }

    private func withServer(_ body: (FakeAPIServer, TemporaryFile) async throws -> Void) async throws {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        for index in 1...3 { cluster.apiServer.put(FakeNode("node-\(index)", address: "127.0.2.\(index)")) }
        do { try await body(cluster.apiServer, authority) } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func get(
        _ server: FakeAPIServer, _ target: String, trusting authority: TemporaryFile, _ more: [String]
    ) async throws -> CurlResult {
        try await Curl.run(
            ["--cacert", authority.path, "-H", "Authorization: Bearer \(FakeCluster.proxyToken)"] + more
                + ["https://\(server.address)\(target)"])
    }

    @Test("Lists are the same over both versions of HTTP", arguments: HTTPVersion.allCases)
    func list(version: HTTPVersion) async throws {
        try await withServer { server, authority in
            let answer = try await get(server, "/api/v1/nodes", trusting: authority, [version.rawValue])
            #expect(answer.exitCode == 0)
            #expect(answer.version == (version == .one ? "HTTP/1.1" : "HTTP/2"))
            #expect(try FakeAPIStateTests.Page(APIResponse(body: answer.body)).names == ["node-1", "node-2", "node-3"])
            #expect(server.requests.map(\.target) == ["/api/v1/nodes"])
            #expect(server.requests.first?["AUTHORIZATION"] == "Bearer \(FakeCluster.proxyToken)")
        }
    }

    @Test("Answers over 128 KiB are compressed for those who ask, smaller ones never", arguments: HTTPVersion.allCases)
    func compression(version: HTTPVersion) async throws {
        try await withServer { server, authority in
            let gzip = ["-H", "Accept-Encoding: gzip", version.rawValue]
            let small = try await get(server, "/api/v1/nodes", trusting: authority, gzip)
            #expect(small.field("content-encoding") == nil)
            server.put(
                (1...40).map { index in
                    var node = FakeNode("big-\(index)", address: "127.0.3.\(index)")
                    node.imageCount = 45
                    return node
                })
            let large = try await get(server, "/api/v1/nodes", trusting: authority, gzip)
            #expect(large.field("content-encoding") == "gzip")
            #expect(large.field("vary") == "Accept-Encoding")
            let plain = try await get(server, "/api/v1/nodes", trusting: authority, [version.rawValue])
            #expect(plain.field("content-encoding") == nil)
            #expect(Gzip.decompress(large.body) == plain.body)
        }
    }

    @Test("A watch streams what happens while it is open, and has a proper end", arguments: HTTPVersion.allCases)
    func watch(version: HTTPVersion) async throws {
        try await withServer { server, authority in
            let revision = server.revision
            async let watched = get(
                server, "/api/v1/nodes?watch=1&resourceVersion=\(revision)", trusting: authority, [version.rawValue])
            try await until { server.openWatches == 1 }
            var node = FakeNode("node-1", address: "127.0.2.1")
            node.mark(.unknown)
            server.put(node)
            server.delete(node)
            server.endWatches(.finished)
            let answer = try await watched
            #expect(answer.exitCode == 0)
            let events = try answer.body.split(separator: UInt8(ascii: "\n")).map { line in
                try JSONDecoder().decode(FakeAPIStateTests.Event.self, from: Data(line)).summary
            }
            #expect(events == ["MODIFIED node-1 \(revision + 1)", "DELETED node-1 \(revision + 2)"])
            #expect(server.openWatches == 0)
        }
    }

    @Test(
        "A watch can end badly, and the client sees how",
        arguments: [
            // Exit codes of curl: 18 partial file, 56 receive error, 92 stream not closed cleanly.
            (HTTPVersion.one, WatchEnding.cut, [18, 56]), (.one, .reset, [56]), (.one, .halfClosed, [18, 56]),
            (.two, .cut, [16, 18, 56, 92]), (.two, .reset, [92]),
        ] as [(HTTPVersion, WatchEnding, [Int32])])
    func badEnd(version: HTTPVersion, ending: WatchEnding, exitCodes: [Int32]) async throws {
        try await withServer { server, authority in
            async let watched = get(server, "/api/v1/nodes?watch=1", trusting: authority, [version.rawValue])
            try await until { server.openWatches == 1 }
            server.endWatches(ending)
            let answer = try await watched
            #expect(exitCodes.contains(answer.exitCode))
        }
    }

    @Test("A silenced watch gets nothing, and catches up when the silence ends", arguments: HTTPVersion.allCases)
    func silence(version: HTTPVersion) async throws {
        try await withServer { server, authority in
            server.silenceWatches()
            async let watched = get(
                server, "/api/v1/nodes?watch=1&resourceVersion=\(server.revision)&timeoutSeconds=1",
                trusting: authority, [version.rawValue])
            try await until { server.openWatches == 1 }
            server.put(FakeNode("node-4", address: "127.0.2.4"))
            server.unsilenceWatches()
            let answer = try await watched
            #expect(answer.exitCode == 0)
            #expect(answer.text.hasPrefix("{\"type\":\"ADDED\""))
        }
    }

    @Test("A server that went away refuses connections, and is back at the same address")
    func goAway() async throws {
        try await withServer { server, authority in
            await server.goAway()
            let refused = try await get(server, "/api/v1/nodes", trusting: authority, [])
            #expect(refused.exitCode == 7)
            try await server.comeBack()
            let answer = try await get(server, "/api/v1/nodes", trusting: authority, [])
            #expect(answer.status == 200)
        }
    }

    @Test("A client certificate names the user", arguments: [("relabel-proxy", 200), ("someone", 403)])
    func clientCertificate(user: String, status: Int) async throws {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        let client = try cluster.authority.issue(.client(user: user, groups: ["ops"]))
        let certificate = try TemporaryFile(client.certificatePEM)
        let key = try TemporaryFile(client.privateKeyPEM)
        let answer = try await Curl.run([
            "--cacert", authority.path, "--cert", certificate.path, "--key", key.path,
            "https://\(cluster.apiServer.address)/api/v1/nodes",
        ])
        #expect(answer.status == status)
        if status == 403 { #expect(answer.text.contains("User \\\"someone\\\"")) }
        await cluster.stop()
    }

    @Test("POST bodies arrive, with a length and in chunks", arguments: HTTPVersion.allCases)
    func post(version: HTTPVersion) async throws {
        try await withServer { server, authority in
            let body = #"{"kind":"TokenReview","spec":{"token":"\#(FakeCluster.scraperToken)"}}"#
            for framing in [[], ["-H", "Transfer-Encoding: chunked"]] where version == .one || framing.isEmpty {
                let answer = try await get(
                    server, "/apis/authentication.k8s.io/v1/tokenreviews", trusting: authority,
                    [version.rawValue, "-X", "POST", "--data-binary", body] + framing)
                #expect(answer.status == 201)
                #expect(answer.text.contains("\"username\":\"prometheus\""))
            }
        }
    }

    /// Waits for what another thread is about to do.
    private func until(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition() {
            try #require(ContinuousClock.now < deadline)
            await Task.yield()
        }
    }
}
