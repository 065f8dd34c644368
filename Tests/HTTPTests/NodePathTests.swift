import HTTP
import Testing

@Suite("A path of the proxy's own")
struct NodePathTests {
    private func describe(_ text: String) throws(HTTPError) -> String {
        switch try Heads.target(text).resolvingOwnPath() {
        case .node(let node, let resource):
            let port = node.port.map { ":\($0)" } ?? ""
            let scheme = node.scheme.map { "\($0) " } ?? ""
            return "\(scheme)\(node.name)\(port) \(resource.path)\(resource.query.map { "?\($0)" } ?? "")"
        case .discovery(let resource): return "targets \(resource.query ?? "-")"
        case .origin(let resource): return "no door \(resource.path)"
        case .absolute, .authority: return "no path"
        }
    }

    @Test(
        "leads to a node, in the proxy's words and in those of the API server's node proxy",
        arguments: [
            ("/nodes/node-a/metrics", "node-a /metrics"),
            ("/nodes/node-a:10250/metrics/cadvisor?x=1", "node-a:10250 /metrics/cadvisor?x=1"),
            ("/nodes/https:node-a:10250/metrics", "https node-a:10250 /metrics"),
            ("/nodes/https:node-a:/metrics", "https node-a /metrics"),
            ("/nodes/http:node-a:10255/metrics", "http node-a:10255 /metrics"),
            ("/nodes/node-a:/metrics", "node-a /metrics"),
            ("/nodes/10.0.0.5/metrics", "10.0.0.5 /metrics"),
            ("/nodes/Node_A.example/metrics", "Node_A.example /metrics"),
            ("/nodes/node-a", "node-a /"), ("/nodes/node-a/", "node-a /"),
            ("/nodes/node-a//metrics", "node-a //metrics"),
            ("/api/v1/nodes/node-a/proxy/metrics", "node-a /metrics"),
            ("/api/v1/nodes/https:node-a:10250/proxy/metrics/cadvisor", "https node-a:10250 /metrics/cadvisor"),
            ("/api/v1/nodes/node-a:10250/proxy", "node-a:10250 /"),
            ("/api/v1/nodes/proxy/proxy/proxy", "proxy /proxy"),
            ("/sd/kubelets", "targets -"), ("/sd/kubelets?path=/metrics", "targets path=/metrics"),
        ])
    func doors(text: String, expected: String) throws {
        #expect(try describe(text) == expected)
    }

    @Test(
        "is resolved before it is read",
        arguments: [
            ("/nodes/node%2Da%3A10250/%6detrics", "node-a:10250 /metrics"),
            ("/nodes/node-a/x/../metrics/./slis", "node-a /metrics/slis"),
            ("/nodes/node-a/metrics/%2e%2e/exec", "node-a /exec"),
            ("/nodes/node-a%2fmetrics", "node-a /metrics"),
            ("/nodes/node-a/metrics/../../node-b/metrics", "node-b /metrics"),
            ("/nodes/node-a/../../metrics", "no door /metrics"),
            ("/x/%2e./sd/kubelets", "targets -"),
            ("/api/v1/nodes/node-a/proxy/../../node-b/proxy/metrics", "node-b /metrics"),
        ])
    func resolved(text: String, expected: String) throws {
        #expect(try describe(text) == expected)
    }

    @Test(
        "is no door where it is none",
        arguments: [
            "/", "/metrics", "/nodes", "/nodes/", "/node/a/metrics", "//nodes/node-a/metrics", "/Nodes/node-a/metrics",
            "/api/v1/nodes", "/api/v1/nodes/node-a", "/api/v1/nodes/node-a/proxyx/metrics", "/api/v1/pods/a/proxy/x",
            "/sd", "/sd/kubelets/", "/sd/nodes", "/http://node-a/metrics",
        ])
    func noDoor(text: String) throws {
        #expect(try describe(text) == "no door \(text)")
    }

    @Test(
        "is refused where it is a node's and names none",
        arguments: [
            "ftp:node-a:1", "HTTPS:node-a:1", ":node-a:1", "a:b", "a:b:c:d", "node-a:0", "node-a:65536", "node-a:+1",
            "node-a:1x", ":10250", "https::10250", "[::1]:10250", ":", "::",
        ])
    func refused(node: String) {
        expectRefusal(.malformed) { try describe("/nodes/\(node)/metrics") }
        expectRefusal(.malformed) { try describe("/api/v1/nodes/\(node)/proxy/metrics") }
    }

    @Test("is refused without a name in its place")
    func nameless() {
        expectRefusal(.malformed) { try describe("/nodes//metrics") }
        expectRefusal(.malformed) { try describe("/api/v1/nodes//proxy/metrics") }
    }

    @Test("has no say where the request names a host")
    func otherForms() throws {
        #expect(try describe("http://node-a:10250/nodes/node-b/metrics") == "no path")
    }
}
