import Addressing
import HTTP
import Testing

@testable import Proxy

@Suite("A request inside an intercepted tunnel")
struct TunnelContentsTests {
    private func inside(
        _ tunnel: String, _ target: String, method: String = "GET", host: String
    ) throws -> Result<RequestTarget, ErrorResponse> {
        let bytes = Array("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
        let head = try unsafe bytes.withUnsafeBytes { unsafe try RequestHead($0) }
        let tunnel = try #require(HostAndPort(tunnel))
        let form = try RequestTarget(head)
        do throws(ErrorResponse) {
            return .success(try form.inside(tunnelTo: tunnel, head))
        } catch { return .failure(error) }
    }

    @Test(
        "is for the tunnel's host, whatever form it has",
        arguments: [
            ("node-a:10250", "/metrics", "node-a:10250"), ("node-a:10250", "/metrics", "NODE-A:10250"),
            ("node-a:10250", "https://node-a:10250/metrics", "node-a:10250"), ("node-a:443", "/metrics", "node-a"),
            ("node-a:443", "https://node-a/metrics", "node-a:443"), ("10.0.0.5:10250", "/metrics", "10.0.0.5:10250"),
            ("[::ffff:10.0.0.5]:10250", "/metrics", "10.0.0.5:10250"),
            ("[2001:db8::1]:10250", "/metrics", "[2001:DB8:0::1]:10250"),
        ])
    func sameHost(tunnel: String, target: String, host: String) throws {
        let parts = try #require(HostAndPort(tunnel))
        guard case .success(.absolute(let found, let port, let resource)) = try inside(tunnel, target, host: host)
        else {
            Issue.record("refused")
            return
        }
        #expect(found == parts.host && port == parts.port && resource.path == "/metrics")
    }

    @Test(
        "is refused where it names another one",
        arguments: [
            ("/metrics", "node-b:10250"), ("/metrics", "node-a:10251"), ("/metrics", "node-a"), ("/metrics", ""),
            ("/metrics", "node-a:10250 x"), ("https://node-b:10250/metrics", "node-a:10250"),
            ("https://node-a/metrics", "node-a:10250"), ("https://node-a:10250/metrics", "node-b:10250"),
        ])
    func otherHost(target: String, host: String) throws {
        guard case .failure(let refusal) = try inside("node-a:10250", target, host: host) else {
            Issue.record("taken")
            return
        }
        #expect(refusal.reason == .contradictoryClaims && refusal.status == 400)
    }

    @Test("is no CONNECT")
    func nested() throws {
        guard
            case .failure(let refusal) = try inside(
                "node-a:10250", "node-a:10250", method: "CONNECT", host: "node-a:10250")
        else {
            Issue.record("taken")
            return
        }
        #expect(refusal.reason == .methodNotAllowed)
    }
}
