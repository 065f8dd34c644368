import HTTP
import Settings
import Testing

@testable import Proxy

@Suite("What a request for targets asks for")
struct DiscoveryQueryTests {
    private func query(_ text: String) throws -> DiscoveryQuery {
        let request = try Request("/sd/kubelets\(text)")
        guard case .discovery(let resource) = try RequestTarget(request.head).resolvingOwnPath() else {
            throw ErrorResponse(.notFound, "no discovery")
        }
        return try DiscoveryQuery(resource, request.configuration)
    }

    @Test(
        "is paths, each once, and a port",
        arguments: [
            ("", ["/metrics"], nil), ("?", ["/metrics"], nil), ("?path=/metrics/cadvisor", ["/metrics/cadvisor"], nil),
            ("?path=/metrics/slis&path=/metrics&path=%2Fmetrics", ["/metrics", "/metrics/slis"], nil),
            ("?port=10255", ["/metrics"], 10255), ("?selector=pool+in+(a,b)&port=1", ["/metrics"], 1),
            ("?selector=", ["/metrics"], nil),
        ] as [(String, [String], UInt16?)])
    func read(text: String, paths: [String], port: UInt16?) throws {
        let query = try query(text)
        #expect(query.paths == paths)
        #expect(query.port == port)
    }

    @Test(
        "is refused with 400 where it is wrong",
        arguments: [
            ("?path=", DropReason.pathNotAllowed), ("?path=/exec", .pathNotAllowed), ("?path=metrics", .pathNotAllowed),
            ("?path=/metrics&path=/pods", .pathNotAllowed), ("?port=", .malformedRequest),
            ("?port=0", .malformedRequest),
            ("?port=65536", .malformedRequest), ("?port=kubelet", .malformedRequest), ("?port=-1", .malformedRequest),
            ("?port=1&port=1", .malformedRequest), ("?selector=a&selector=b", .malformedRequest),
            ("?selector=,", .malformedRequest), ("?paths=/metrics", .malformedRequest), ("?x", .malformedRequest),
            ("?path=%zz", .malformedRequest),
        ])
    func refused(text: String, reason: DropReason) throws {
        let error = #expect(throws: ErrorResponse.self) { try query(text) }
        #expect(error?.status == 400)
        #expect(error?.reason == reason)
    }
}
