import Testing

@testable import Discovery

/// What a real API server 1.36 answered (vectors/kubernetes), read into values.
@Suite(.enabled(if: Vectors.arePresent)) struct RecordedAnswersTests {
    @Test(
        "Lists and pages",
        arguments: [
            ("list.full", 6, "226", false), ("list.limit2.page1", 2, "226", true),
            ("list.limit2.page2", 2, "226", true),
            ("list.ua_curl", 6, "226", false), ("list.rv0.limit2", 6, "226", false),
            ("many.list_1006", 1006, "2344", false),
            ("gone.list_exact", 0, "2", false), ("gone.list_continue", 2, "240", true),
        ] as [(String, Int, String, Bool)])
    func lists(name: String, count: Int, revision: String, goesOn: Bool) throws {
        let page = try NodeListPage(json: try Vectors.bytes("kubernetes/\(name).body"))
        #expect(page.nodes.count == count)
        #expect(page.resourceVersion == revision)
        #expect(page.continuation.isEmpty != goesOn)
        #expect(page.nodes.allSatisfy { !$0.uid.isEmpty && !$0.resourceVersion.isEmpty && $0.createdAt != nil })
    }

    @Test("One node of a list, field by field")
    func alpha() throws {
        let page = try NodeListPage(json: try Vectors.bytes("kubernetes/list.full.body"))
        let alpha = try #require(page.nodes.first { $0.name == "alpha" })
        #expect(alpha.uid == "27eafc3c-d348-4a0d-a2b3-5cd5ea8d2e40")
        #expect(alpha.addresses == [NodeAddress(.internalIP, "127.0.2.1"), NodeAddress(.hostname, "alpha")])
        #expect(alpha.ready == ReadyCondition(.true, lastTransition: 1_795_478_946))
        #expect(alpha.labels["kubernetes.io/os"] == "linux")
        #expect(alpha.nodeInfo.bootID == "b1dff447-28bc-ba59-96ad-1c452e0035bf")
        #expect(alpha.kubeletPort == 10250)
    }

    @Test(
        "What is no list of nodes is refused",
        arguments: [
            "list.table", "list.partialmeta", "get.alpha", "version", "err.403_nobody_list", "err.429", "readyz",
        ])
    func noLists(name: String) throws {
        let bytes = try Vectors.bytes("kubernetes/\(name).body")
        #expect(throws: DocumentError.self) { try NodeListPage(json: bytes) }
    }

    @Test("A list that breaks off anywhere is refused")
    func brokenLists() throws {
        let bytes = try Vectors.bytes("kubernetes/list.full.body")
        let whole = bytes.dropLast()
        for length in stride(from: 0, to: whole.count, by: 97) {
            #expect(throws: DocumentError.self) { try NodeListPage(json: Array(whole.prefix(length))) }
        }
    }

    @Test("A list that was garbled is read or refused, nothing worse", arguments: 0..<20)
    func garbledLists(seed: Int) throws {
        let bytes = try Vectors.bytes("kubernetes/list.limit2.page1.body")
        var random = SplitMix64(state: UInt64(seed))
        for _ in 0..<20 {
            var garbled = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: garbled.indices, using: &random)
                garbled[index] = Array("\"\\{}[]:,0tn \u{1}".utf8).randomElement(using: &random) ?? 0
            }
            do throws(DocumentError) {
                #expect(try NodeListPage(json: garbled).resourceVersion.isEmpty == false)
            } catch {
                #expect(error.source == "list of nodes" && !error.problem.isEmpty)
            }
        }
    }

    @Test(
        "Watches",
        arguments: [
            ("kubernetes/watch.rv_bookmarks", "M229 A230 M231 M232 D233 D234 M235 M236 B236"),
            (
                "kubernetes/watch.bookmarks_3min",
                "M229 A230 M231 M232 D233 D234 M235 M236 A239 M240 M241 B248 B261 B261 B275"
            ),
            ("kubernetes/watch.http11", "M229 A230 M231 M232 D233 D234 M235 M236 B236"),
            ("kubernetes/gone.watch_rv1", "E410"), ("kubernetes/gone.watch_old", "E410"),
            ("kubernetes/gone.watch_rv1_http11", "E410"), ("kubernetes/gone.watch_rv2_nocache", "E410"),
        ])
    func watches(name: String, expected: String) throws {
        let events = try Vectors.lines("\(name).body").map { line in
            switch try WatchEvent(json: line) {
            case .added(let node): "A\(node.resourceVersion)"
            case .modified(let node): "M\(node.resourceVersion)"
            case .deleted(let node): "D\(node.resourceVersion)"
            case .bookmark(let revision): "B\(revision)"
            case .error(let status): "E\(status.code)"
            }
        }
        #expect(events.joined(separator: " ") == expected)
    }

    @Test(
        "Refusals, as they are shown",
        arguments: [
            ("err.401_badtoken", 401, "status 401: Unauthorized", false),
            ("err.429", 429, "status 429: Too many requests, please try again later.", false),
            (
                "err.403_nobody_list", 403,
                "status 403: nodes is forbidden: User \"nobody\" cannot list resource \"nodes\" in API group \"\" at the cluster "
                    + "scope", false
            ),
            (
                "err.rv_toolarge_list", 504, "status 504: Timeout: Too large resource version: 99999999, current: 226",
                false
            ),
            (
                "gone.list_exact_restarted", 410, "status 410: The resourceVersion for the provided list is too old.",
                true
            ),
        ] as [(String, Int, String, Bool)])
    func refusals(name: String, code: Int, text: String, isGone: Bool) throws {
        let status = APIStatus(httpStatus: code, body: try Vectors.bytes("kubernetes/\(name).body"))
        #expect("\(status)" == text)
        #expect(status.isGone == isGone)
    }

    @Test("The pause that a Status asks for is heard, the header's above it")
    func retryAfter() throws {
        let body = try Vectors.bytes("kubernetes/err.rv_toolarge_list.body")
        #expect(APIStatus(httpStatus: 504, body: body).retryAfter == 1)
        #expect(APIStatus(httpStatus: 504, body: body, retryAfter: 7).retryAfter == 7)
    }
}

@Suite struct APIAnswersTests {
    @Test("A gateway's page becomes one short line")
    func oneLine() {
        let body = Array("\n<html>\r\n<b>Bad\u{1b}[31m gateway</b>\(String(repeating: "x", count: 5000))".utf8)
        let message = APIStatus(httpStatus: 502, body: body).message
        #expect(message.hasPrefix("<html>  <b>Bad [31m gateway</b>xxx"))
        #expect(message.utf8.count <= 400)
    }

    @Test(
        "Events that make no sense are refused",
        arguments: [
            ("", "watch of nodes: the text ends in the middle"),
            ("{}", "watch of nodes: object: missing"),
            (#"{"type":"ADDED"}"#, "watch of nodes: object: missing"),
            (#"{"type":"GROWN","object":{}}"#, "watch of nodes: object: unknown type of event"),
            (#"{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}"#, nil),
            (
                #"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#,
                "watch of nodes: object.metadata.resourceVersion: missing: no watch can be resumed here"
            ),
            (
                #"{"type":"BOOKMARK","object":{"metadata":{}}}"#,
                "watch of nodes: object.metadata.resourceVersion: missing"
            ),
            (#"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}"#, nil),
            (#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}{}"#, nil),
            (#"{"type":"ADDED","object":null}"#, nil),
        ] as [(String, String?)])
    func badEvents(json: String, message: String?) {
        #expect {
            try WatchEvent(json: Array(json.utf8))
        } throws: {
            message == nil || "\($0)" == message
        }
    }

    @Test("A kubelet that writes a port that is none spoils no list")
    func badPort() throws {
        let json = #"""
            {"kind":"NodeList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"},
            "status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":-70000}}}},{"metadata":{"name":"b"}}]}
            """#
        let page = try NodeListPage(json: Array(json.utf8))
        #expect(page.nodes.map(\.kubeletPort) == [Node.undialablePort, Node.defaultKubeletPort])
    }

    @Test("Lines come whole, however the bytes are cut", arguments: 1...9)
    func lines(size: Int) {
        var buffer = LineBuffer()
        var lines: [String] = []
        let text = Array("one\n\ntwo and more\nrest".utf8)
        for start in stride(from: 0, to: text.count, by: size) {
            buffer.append(text[start..<min(start + size, text.count)])
            while let line = buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["one", "", "two and more"])
        #expect(buffer.unfinished == 4)
    }
}
