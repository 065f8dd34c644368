import Addressing
import HTTP
import Testing

@Suite("A request target")
struct RequestTargetTests {
    private func describe(_ target: RequestTarget) -> String {
        switch target {
        case .absolute(.address(let ip), let port, let resource): "address \(ip) \(port) \(resource.path)"
        case .absolute(.name(let name), let port, let resource): "name \(name) \(port) \(resource.path)"
        case .authority(.address(let ip), let port): "tunnel to address \(ip) \(port)"
        case .authority(.name(let name), let port): "tunnel to name \(name) \(port)"
        case .origin(let resource): "path \(resource.path)"
        case .node, .discovery: "a path that was resolved unasked"
        }
    }

    @Test(
        "that is a URL names host, port and path",
        arguments: [
            ("http://10.0.0.5:10250/metrics", "address 10.0.0.5 10250 /metrics"),
            ("http://10.0.0.5/metrics", "address 10.0.0.5 80 /metrics"),
            ("https://10.0.0.5/metrics", "address 10.0.0.5 443 /metrics"),
            ("HTTP://10.0.0.5:1/metrics", "address 10.0.0.5 1 /metrics"),
            ("hTtPs://10.0.0.5:65535/metrics", "address 10.0.0.5 65535 /metrics"),
            ("http://10.0.0.5:10250", "address 10.0.0.5 10250 /"),
            ("http://10.0.0.5:10250?a=b", "address 10.0.0.5 10250 /"),
            ("http://[2001:db8::1]:10250/metrics", "address 2001:db8::1 10250 /metrics"),
            ("http://[2001:DB8:0::1]/metrics", "address 2001:db8::1 80 /metrics"),
            ("http://[::ffff:10.0.0.5]:10250/metrics", "address 10.0.0.5 10250 /metrics"),
            ("http://node-a:10250/metrics", "name node-a 10250 /metrics"),
            ("http://Node-A.Example/metrics", "name node-a.example 80 /metrics"),
            ("http://node-a:10250//metrics", "name node-a 10250 //metrics"),
            ("http://node-a:10250/a@b:c", "name node-a 10250 /a@b:c"),
            ("http://node-a:10250/http://node-b/", "name node-a 10250 /http://node-b/"),
        ])
    func absolute(text: String, expected: String) throws {
        #expect(try describe(Heads.target(text)) == expected)
    }

    @Test(
        "is refused where its host is missing, ambiguous or carries a user",
        arguments: [
            "http://", "http:///metrics", "http://?a", "http://:10250/metrics", "http://10.0.0.5:/metrics",
            "http://10.0.0.5:0/metrics", "http://10.0.0.5:65536/metrics",
            "http://10.0.0.5:99999999999999999999/metrics",
            "http://10.0.0.5:+80/metrics", "http://10.0.0.5:-1/metrics", "http://10.0.0.5:8x/metrics",
            "http://10.0.0.5:80:80/metrics", "http://user@10.0.0.5/metrics", "http://user:pass@10.0.0.5:80/metrics",
            "http://10.0.0.5@node-a/metrics", "http://node-a\\@10.0.0.5/metrics", "http://node-a#@10.0.0.5/metrics",
            "http://2001:db8::1/metrics", "http://[2001:db8::1/metrics", "http://2001:db8::1]/metrics",
            "http://[2001:db8::1]x/metrics", "http://[2001:db8::1]]/metrics", "http://[[2001:db8::1]]/metrics",
            "http://[fe80::1%25eth0]/metrics", "http://[10.0.0.5]/metrics", "http://[]/metrics",
            "http://[node-a]/metrics",
            "http://010.0.0.5/metrics", "http://10.5/metrics", "http://0x0a000005/metrics", "http://167772165/metrics",
            "http://10.0.0.0x5/metrics", "http://10.0.0.5./metrics", "http://node%2da/metrics",
            "http://node_a-/metrics",
            "http://node,a/metrics", "http://*/metrics", "http://node-a;x/metrics", "http://node-a|/metrics",
            "ftp://10.0.0.5/metrics", "http:/10.0.0.5/metrics", "http:10.0.0.5", "//10.0.0.5/metrics?", "*",
            "10.0.0.5:80",
            "node-a", "?a=b", "#", "unix:///run/x",
        ].filter { !$0.hasPrefix("//") })
    func malformed(text: String) {
        expectRefusal(.malformed) { try Heads.target(text) }
    }

    @Test("that begins with a slash is a path of the proxy's own, whatever it looks like")
    func origin() throws {
        #expect(try describe(Heads.target("/nodes/node-a/metrics?x")) == "path /nodes/node-a/metrics")
        #expect(try describe(Heads.target("//10.0.0.5:10250/metrics")) == "path //10.0.0.5:10250/metrics")
        #expect(try describe(Heads.target("/http://10.0.0.5/")) == "path /http://10.0.0.5/")
    }

    @Test(
        "of CONNECT is host and port, and nothing else",
        arguments: [
            ("10.0.0.5:10250", "tunnel to address 10.0.0.5 10250"), ("node-a:10250", "tunnel to name node-a 10250"),
            ("[2001:db8::1]:10250", "tunnel to address 2001:db8::1 10250"),
        ])
    func authority(text: String, expected: String) throws {
        #expect(try describe(Heads.target(text, method: "CONNECT")) == expected)
    }

    @Test(
        "of CONNECT is refused without a port, with a path or a scheme",
        arguments: [
            "node-a", "10.0.0.5", "[2001:db8::1]", "node-a:", "node-a:0", "node-a:65536", "node-a:80/", "/node-a:80",
            "http://node-a:80", "user@node-a:80", ":80", "node-a:80:80", "2001:db8::1:80", "*",
        ])
    func malformedAuthority(text: String) {
        expectRefusal(.malformed) { try Heads.target(text, method: "CONNECT") }
    }
}
