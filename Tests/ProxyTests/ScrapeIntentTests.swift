import Addressing
import Identity
import Settings
import Testing

@testable import Proxy

@Suite("What a request asks for")
struct ScrapeIntentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let target: String
        var node: String?
        var uid: String?
        var second: String?
        var address: String?
        var port: UInt16?
        var path = "/metrics"
        var query: String?
        var testDescription: String { target }
    }

    @Test(
        "The claim is the parameter at an address, and the host where that is a name (spec 3)",
        arguments: [
            Case(target: "http://10.0.0.5:10250/metrics", address: "10.0.0.5:10250"),
            Case(target: "http://10.0.0.5:10250/metrics?node=a", node: "a", address: "10.0.0.5:10250"),
            Case(target: "http://10.0.0.5:10250/metrics?node=", address: "10.0.0.5:10250"),
            Case(target: "http://10.0.0.5:10250/metrics?node=a&node=a", node: "a", address: "10.0.0.5:10250"),
            Case(target: "http://10.0.0.5:10250/metrics?node_uid=u", uid: "u", address: "10.0.0.5:10250"),
            Case(target: "http://10.0.0.5:10250/metrics?node=%61", node: "a", address: "10.0.0.5:10250"),
            Case(
                target: "http://10.0.0.5:10250/metrics/cadvisor?x=1&node=a&y=%20&node_uid=u", node: "a", uid: "u",
                address: "10.0.0.5:10250", path: "/metrics/cadvisor", query: "x=1&y=%20"),
            Case(
                target: "http://[2001:db8::5]:10250/metrics?nodes=a", address: "[2001:db8::5]:10250", query: "nodes=a"),
            Case(target: "http://[::ffff:10.0.0.5]:10250/metrics", address: "10.0.0.5:10250"),
            Case(target: "https://10.0.0.5/metrics", address: "10.0.0.5:443"),
            Case(target: "http://node-a:10250/metrics", node: "node-a", port: 10250),
            Case(target: "http://NODE-A/metrics", node: "node-a", port: 80),
            Case(target: "http://node-a:10250/metrics?node=NODE-a", node: "node-a", port: 10250),
            Case(
                target: "http://node-a:10250/metrics?node=b&node_uid=u", node: "node-a", uid: "u", second: "b",
                port: 10250),
            Case(target: "http://node-a:1/x/../metrics/./slis", node: "node-a", port: 1, path: "/metrics/slis"),
            Case(target: "http://node-a:1/%6detrics", node: "node-a", port: 1),
            Case(target: "/nodes/Node-A/metrics", node: "Node-A"),
            Case(target: "/nodes/10.0.0.5:10250/metrics", node: "10.0.0.5", port: 10250),
            Case(
                target: "/api/v1/nodes/https:node-a:10250/proxy/metrics/cadvisor?x=1&node=node-a&node_uid=u",
                node: "node-a", uid: "u", port: 10250, path: "/metrics/cadvisor", query: "x=1"),
            Case(target: "/nodes/node-a/metrics?node=b", node: "node-a", second: "b"),
        ])
    func claims(_ row: Case) throws {
        let intent = try Request(row.target).intent()
        #expect(intent.claim == NodeClaim(node: row.node, uid: row.uid))
        #expect(intent.secondName == row.second)
        let destination: ScrapeDestination =
            if let address = row.address { .address(try #require(SocketAddress(address))) } else {
                .ownAddress(port: row.port)
            }
        #expect(intent.destination == destination)
        #expect(intent.path == row.path)
        #expect(intent.query == row.query)
        #expect(!intent.isHead)
    }

    @Test(
        "What is no scrape is refused with its reason",
        arguments: [
            ("GET", "/metrics", "", DropReason.notFound), ("GET", "/nodes", "", .notFound),
            ("GET", "/nodes/a/exec", "", .pathNotAllowed), ("POST", "/nodes/a/metrics", "", .methodNotAllowed),
            ("GET", "/nodes/a/metrics?node=a&node=b", "", .contradictoryClaims),
            ("CONNECT", "node-a:10250", "", .methodNotAllowed), ("POST", "http://a:1/metrics", "", .methodNotAllowed),
            ("DELETE", "http://a:1/metrics", "", .methodNotAllowed),
            ("GET", "http://a:1/metrics", "Upgrade: websocket\r\n", .methodNotAllowed),
            ("GET", "http://a:1/", "", .pathNotAllowed), ("GET", "http://a:1", "", .pathNotAllowed),
            ("GET", "http://a:1/metrics/", "", .pathNotAllowed), ("GET", "http://a:1//metrics", "", .pathNotAllowed),
            ("GET", "http://a:1/Metrics", "", .pathNotAllowed), ("GET", "http://a:1/exec", "", .pathNotAllowed),
            ("GET", "http://a:1/metrics/%2e%2e/exec", "", .pathNotAllowed),
            ("GET", "http://a:1/metrics%2f..%2fexec", "", .pathNotAllowed),
            ("GET", "http://a:1/metrics%252f", "", .pathNotAllowed),
            ("GET", "http://1.2.3.4:1/metrics?node=a&node=b", "", .contradictoryClaims),
            ("GET", "http://1.2.3.4:1/metrics?node_uid=a&node_uid=b", "", .contradictoryClaims),
            ("GET", "http://1.2.3.4:1/metrics?node=%zz", "", .malformedRequest),
            ("GET", "http://1.2.3.4:1/metrics?%zz=1", "", .malformedRequest),
        ])
    func refused(method: String, target: String, fields: String, reason: DropReason) throws {
        let request = try Request(target, method: method, fields: fields)
        let error = #expect(throws: ErrorResponse.self) { try request.intent() }
        #expect(error?.reason == reason)
        #expect(error?.closesConnection == false)
    }

    @Test("Other parameters, and other paths, can be configured")
    func configured() throws {
        var settings = ProxySettings()
        settings.claims.parameter = "kubelet"
        settings.upstream.paths = ["/custom"]
        let target = "http://10.0.0.5:10250/custom?node=x&kubelet=a"
        let intent = try Request(target, method: "HEAD", settings).intent()
        #expect(intent.claim == NodeClaim(node: "a"))
        #expect(intent.query == "node=x")
        #expect(intent.isHead)
        #expect(throws: ErrorResponse.self) { try Request("http://10.0.0.5:10250/metrics", settings).intent() }
    }

    @Test(
        "The scraper's timeout is seconds as Prometheus writes them; what makes no sense is none",
        arguments: [
            ("10", 10_000), ("9.5", 9_500), ("0.001", 1), ("3600", 3_600_000), ("1e1", 10_000), (" 10\t", 10_000),
            ("", nil), ("0", nil), ("-1", nil), ("3600.1", nil), ("1e300", nil), ("inf", nil), ("nan", nil),
            ("10s", nil),
            ("ten", nil), ("1,5", nil), ("10 10", nil),
        ] as [(String, UInt64?)])
    func timeout(value: String, milliseconds: UInt64?) throws {
        let field = "X-Prometheus-Scrape-Timeout-Seconds: \(value)\r\n"
        let intent = try Request("http://a:1/metrics", fields: field).intent()
        #expect(intent.scraperTimeout == milliseconds)
    }

    @Test("Without the field there is no timeout of the scraper's")
    func noTimeout() throws {
        #expect(try Request("http://a:1/metrics").intent().scraperTimeout == nil)
    }
}
