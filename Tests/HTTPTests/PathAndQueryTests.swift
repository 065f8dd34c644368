import HTTP
import Testing

@Suite("A path")
struct PathTests {
    private func path(_ text: String) throws(HTTPError) -> String { try PathAndQuery(text.utf8.span).path }

    @Test(
        "is decoded once, then its dot segments are resolved: what an allow-list sees is what is asked for",
        arguments: [
            ("/metrics", "/metrics"), ("/", "/"), ("/a/b/../c", "/a/c"), ("/a/./b", "/a/b"), ("/a/..", "/"),
            ("/..", "/"), ("/../../metrics", "/metrics"), ("/metrics/../exec", "/exec"), ("/a/b/..", "/a/"),
            ("/a/.", "/a/"), ("/.", "/"), ("/a/../", "/"), ("/./metrics", "/metrics"),
            // Encoded dots and slashes count as what they are.
            ("/metrics/%2e%2e/exec", "/exec"), ("/metrics/%2E%2E/exec", "/exec"), ("/metrics/.%2e/exec", "/exec"),
            ("/metrics%2f..%2fexec", "/exec"), ("/metrics/..%2Fexec", "/exec"), ("/%2e%2e/metrics", "/metrics"),
            ("/%6detrics", "/metrics"), ("/metrics%2fcadvisor", "/metrics/cadvisor"),
            // Once, not twice.
            ("/%252e%252e/metrics", "/%2e%2e/metrics"), ("/metrics%252fcadvisor", "/metrics%2fcadvisor"),
            // Empty segments, trailing dots and slashes make another path.
            ("//metrics", "//metrics"), ("/metrics/", "/metrics/"), ("/metrics.", "/metrics."),
            ("/metrics/...", "/metrics/..."), ("/metrics//../cadvisor", "/metrics/cadvisor"),
            ("/metrics;x=y", "/metrics;x=y"), ("/a+b", "/a+b"), ("/.metrics", "/.metrics"),
            ("/..metrics", "/..metrics"),
            ("/METRICS", "/METRICS"), ("/metrics%00", "/metrics\u{0}"), ("/metrics%0d%0a", "/metrics\r\n"),
            ("/metrics%3fa", "/metrics?a"), ("/metrics%23a", "/metrics#a"), ("/metrics%c3%a9", "/metrics\u{e9}"),
            ("/metrics\\..\\exec", "/metrics\\..\\exec"),
        ])
    func resolved(text: String, expected: String) throws {
        #expect(try Array(path(text).utf8) == Array(expected.utf8))
    }

    @Test(
        "is refused with a broken encoding, bytes that are no UTF-8, or a fragment",
        arguments: [
            "/%", "/%2", "/%2g", "/%g2", "/%%", "/a%", "/%u002e", "/%ff", "/%c0%ae%c0%ae/", "/%ed%a0%80", "/a#b",
            "/a?b#c",
            "/%-1", "/% 1", "/%+1",
        ])
    func malformed(text: String) {
        expectRefusal(.malformed) { try path(text) }
    }

    @Test("of very many segments is resolved without effort")
    func manySegments() throws {
        let deep = String(repeating: "/a", count: 1_500) + String(repeating: "/..", count: 1_500) + "/metrics"
        #expect(try path(deep) == "/metrics")
    }
}

@Suite("A query")
struct QueryTests {
    @Test(
        "gives its claims and keeps the rest, byte for byte and in order",
        arguments: [
            ("/m", [[], []], nil), ("/m?", [[], []], nil), ("/m?a=b", [[], []], "a=b"),
            ("/m?node=a", [["a"], []], nil),
            ("/m?node=a&x=y", [["a"], []], "x=y"), ("/m?x=y&node=a", [["a"], []], "x=y"),
            ("/m?x=1&node=a&y=2&node_uid=u&z=3", [["a"], ["u"]], "x=1&y=2&z=3"),
            ("/m?node=a&node=b", [["a", "b"], []], nil), ("/m?node=a&x&node=a", [["a", "a"], []], "x"),
            // Empty, valueless and look-alike parameters.
            ("/m?node=", [[""], []], nil), ("/m?node", [[""], []], nil), ("/m?node&x", [[""], []], "x"),
            ("/m?=a", [[], []], "=a"), ("/m?&&x&", [[], []], "&&x&"), ("/m?Node=a", [[], []], "Node=a"),
            ("/m?nodes=a", [[], []], "nodes=a"), ("/m?xnode=a", [[], []], "xnode=a"),
            ("/m?x=node=a", [[], []], "x=node=a"),
            ("/m?node=a=b", [["a=b"], []], nil), ("/m?x;node=a", [[], []], "x;node=a"),
            ("/m?x=%3fnode%3da%26node=b", [[], []], "x=%3fnode%3da%26node=b"),
            // Encodings: of a claim decoded once, of all else kept as they came.
            ("/m?node=a%2Db", [["a-b"], []], nil), ("/m?node=node+a%2Fb", [["node a/b"], []], nil),
            ("/m?node=%2B", [["+"], []], nil), ("/m?node=%252D", [["%2D"], []], nil),
            ("/m?n%6fde=a", [["a"], []], nil),
            ("/m?%6E%6F%64%65=a", [["a"], []], nil), ("/m?node=%0d%0a", [["\r\n"], []], nil),
            ("/m?x=%2f+%2F&node=a", [["a"], []], "x=%2f+%2F"), ("/m?x=%ff&node=a", [["a"], []], "x=%ff"),
            ("/m?x=%&node=a", [["a"], []], "x=%"), ("/m?x?y&node=a", [["a"], []], "x?y"),
            ("/m?a/../b&node=a", [["a"], []], "a/../b"), ("/m?node=%c3%a9", [["\u{e9}"], []], nil),
        ] as [(String, [[String]], String?)])
    func removing(text: String, values: [[String]], rest: String?) throws {
        let result = try PathAndQuery(text.utf8.span).removing(["node", "node_uid"])
        #expect(result.values == values)
        #expect(result.rest == rest)
    }

    @Test(
        "is refused where a claim, or a name that may be a claim's, has a broken encoding",
        arguments: [
            "/m?node=%", "/m?node=%2", "/m?node=%zz", "/m?node=%ff", "/m?nod%e=a", "/m?%=a", "/m?%ff=a", "/m?x&%6",
        ])
    func malformed(text: String) throws {
        let resource = try PathAndQuery(text.utf8.span)
        expectRefusal(.malformed) { try resource.removing(["node", "node_uid"]) }
    }
}
