import Foundation
import HTTP
import Testing

/// What real programs wrote; it lies outside the repository and may be absent.
private enum Recorded {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["KRP_VECTORS"] { return URL(fileURLWithPath: path) }
        let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/vectors")
    }()

    static let hasWire = FileManager.default.fileExists(atPath: root.appending(path: "wire").path)
    static let hasKubelet = FileManager.default.fileExists(atPath: root.appending(path: "kubelet").path)

    static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: name)), as: UTF8.self)
    }

    /// Every answer's head below `kubelet`.
    static func heads() throws -> [URL] {
        let all = FileManager.default.enumerator(at: root.appending(path: "kubelet"), includingPropertiesForKeys: nil)
        return (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "hdr" }
    }
}

@Suite("Recorded messages")
struct RecordedMessagesTests {
    @Test(
        "of Prometheus are understood as what it was told to scrape", .enabled(if: Recorded.hasWire),
        arguments: [
            ("direct_default.http", "origin /metrics", [] as [String], nil),
            ("direct_proto_identity.http", "origin /metrics", [], nil),
            ("direct_legacy_underscores.http", "origin /metrics", [], nil),
            ("proxy_http_ipv4.http", "10.9.9.9:10250 /metrics", ["node a/b"], "a=b"),
            ("proxy_http_ipv6.http", "[2001:db8::1]:10250 /metrics", ["node a/b"], "a=b"),
            ("proxy_http_name_no_port.http", "node-a.example:80 /metrics", ["node a/b"], "a=b"),
            ("tlsproxy_http.http", "10.2.2.2:80 /metrics", [], nil),
            ("proxy_connect.http", "tunnel 10.9.9.9:10250", [], nil),
            ("tlsproxy_connect.http", "tunnel 10.2.2.3:443", [], nil),
            ("tlsproxy_h2_connect.http", "tunnel 10.2.2.4:443", [], nil),
        ] as [(String, String, [String], String?)])
    func prometheus(file: String, expected: String, claims: [String], rest: String?) throws {
        let head = try Heads.request(try Recorded.text("wire/\(file)"))
        #expect(try head.bodyFraming() == .none)
        #expect(head.keepsAlive)
        switch try RequestTarget(head) {
        case .absolute(let host, let port, let resource):
            #expect("\(host):\(port) \(resource.path)" == expected)
            let removed = try resource.removing(["node"])
            #expect(removed.values == [claims])
            #expect(removed.rest == rest)
            #expect(head.fields.first(.scrapeTimeout) == "2")
        case .authority(let host, let port): #expect("tunnel \(host):\(port)" == expected)
        case .origin(let resource): #expect("origin \(resource.path)" == expected)
        case .node, .discovery: Issue.record("a path was resolved unasked")
        }
    }

    @Test("of Prometheus in HTTP/2 are refused for their version", .enabled(if: Recorded.hasWire))
    func preface() throws {
        let text = try Recorded.text("wire/tlsproxy_h2_preface.http")
        expectRefusal(.version) { try Heads.request(text) }
    }

    @Test("of kubelets are answers whose bodies are as long as their heads say", .enabled(if: Recorded.hasKubelet))
    func kubelets() throws {
        let files = try Recorded.heads()
        #expect(files.count > 100)
        for file in files {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            // To a request in HTTP/1.0 or in plain HTTP on its TLS port, a kubelet answers in kind.
            guard !text.hasPrefix("HTTP/1.0 ") else {
                expectRefusal(.version) { try Heads.response(text) }
                continue
            }
            let head = try Heads.response(text)
            #expect((200...599).contains(head.status))
            #expect(!head.reasonPhrase.isEmpty)
            let body = file.deletingPathExtension().appendingPathExtension("body")
            let isAnswerToHead = file.lastPathComponent == "method.head.hdr"
            guard case .length(let length) = try head.bodyFraming(toHead: isAnswerToHead) else { continue }
            #expect(try Data(contentsOf: body).count == length, "\(file.lastPathComponent)")
        }
    }
}
