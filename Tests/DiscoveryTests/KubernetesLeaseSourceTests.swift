import Testing

@testable import Discovery

@Suite(.timeLimit(.minutes(1))) struct KubernetesLeaseSourceTests {
    private static func lease(_ name: String, _ renewed: String) -> ScriptedServer.Answer {
        .json(#"{"kind":"Lease","metadata":{"name":"\#(name)"},"spec":{"renewTime":"\#(renewed)"}}"#)
    }

    /// Follows `rivals` until `count` readings came.
    private func readings(
        _ count: Int, of rivals: Set<[String]>, from server: ScriptedServer
    ) async -> [LeaseReading] {
        let source = KubernetesLeaseSource(
            access: KubernetesAccess(server: server.url, credential: .token(Secret("t0ken"))))
        let (stream, continuation) = AsyncStream.makeStream(of: LeaseReading.self)
        return await withTaskGroup(of: [LeaseReading].self) { group in
            group.addTask {
                await source.run { continuation.yield($0) }
                return []
            }
            // It sleeps by now, or will find the order when it begins.
            source.follow(rivals)
            var told: [LeaseReading] = []
            for await reading in stream {
                told.append(reading)
                if told.count == count { break }
            }
            // Only returns because the source ends when it is cancelled, in the middle of its sleep.
            group.cancelAll()
            await group.waitForAll()
            server.stop()
            return told
        }
    }

    @Test("The leases of those at odds are read one by one, with the token; who has none is left out")
    func read() async throws {
        let server = try ScriptedServer([
            Self.lease("a", "2026-11-24T00:09:06.000000Z"),
            .status("404 Not Found", #"{"kind":"Status","reason":"NotFound","code":404}"#),
        ])
        let told = await readings(1, of: [["a", "b"]], from: server)
        #expect(
            told == [LeaseReading(rivals: ["a", "b"], leases: [NodeLease(node: "a", renewedAt: 1_795_478_946)])])
        let path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/"
        #expect(server.requestLines == ["a", "b"].map { "GET \(path)\($0) HTTP/1.1" })
        #expect(server.requests.allSatisfy { $0.contains("\r\nAuthorization: Bearer t0ken\r\n") })
    }

    @Test("A reading that fails in the middle is told not in part, but whole after a pause")
    func failing() async throws {
        let server = try ScriptedServer([
            Self.lease("a", "2026-11-24T00:09:06.000000Z"), .status("503 Service Unavailable", "no upstream"),
            Self.lease("a", "2026-11-24T00:09:16.000000Z"), Self.lease("b", "2026-11-24T00:09:17.000000Z"),
        ])
        let told = await readings(1, of: [["a", "b"]], from: server)
        #expect(told.map { $0.leases.map(\.renewedAt) } == [[1_795_478_956, 1_795_478_957]])
        #expect(server.requestLines.count == 4)
    }

    @Test("Without nodes at odds nothing is asked, and the source ends when it is cancelled")
    func idle() async throws {
        let server = try ScriptedServer([])
        let source = KubernetesLeaseSource(access: KubernetesAccess(server: server.url, credential: .none))
        await withTaskGroup { group in
            group.addTask { await source.run { _ in } }
            source.follow([])
            group.cancelAll()
            await group.waitForAll()
        }
        server.stop()
        #expect(server.requests.isEmpty)
    }
}
