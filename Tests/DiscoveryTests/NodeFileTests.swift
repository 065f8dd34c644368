import Testing

@testable import Discovery

@Suite struct NodeFileTests {
    private static let whole = """
        {"kind":"Node","apiVersion":"v1","metadata":{"name":"node-a","uid":"u-1","resourceVersion":"7",
        "creationTimestamp":"2026-11-24T00:09:06Z","deletionTimestamp":"2026-11-24T00:10:06Z",
        "labels":{"zone":"z1","arch":"amd64"},"annotations":{"note":"a \\"b\\""},"managedFields":[{"x":["]"]}]},
        "spec":{"providerID":"aws:///i-1","taints":[{"key":"k"}]},
        "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.5"},{"address":"fd00::5","type":"InternalIP"},
        {"type":"Hostname","address":"node-a"},{"type":"Odd","address":"x"}],
        "conditions":[{"type":"DiskPressure","status":"False"},
        {"type":"Ready","status":"True","lastTransitionTime":"2026-11-24T00:09:07Z"}],
        "daemonEndpoints":{"kubeletEndpoint":{"Port":10251}},
        "nodeInfo":{"machineID":"m","systemUUID":"s","bootID":"b","osImage":"Debian"},"images":[{"names":["a"]}]}}
        """

    private static let expected = Node(
        name: "node-a", uid: "u-1", resourceVersion: "7",
        addresses: [
            NodeAddress(.internalIP, "10.0.0.5"), NodeAddress(.internalIP, "fd00::5"), NodeAddress(.hostname, "node-a"),
            NodeAddress(.other("Odd"), "x"),
        ], kubeletPort: 10251, ready: ReadyCondition(.true, lastTransition: 1_795_478_947), createdAt: 1_795_478_946,
        deletedAt: 1_795_479_006, labels: ["zone": "z1", "arch": "amd64"], annotations: ["note": "a \"b\""],
        providerID: "aws:///i-1", nodeInfo: NodeInfo(machineID: "m", systemUUID: "s", bootID: "b"))

    private func read(_ text: String) throws(DocumentError) -> NodeFile {
        try NodeFile(text: Array(text.utf8), source: "nodes")
    }

    @Test("Every field that is kept")
    func wholeNode() throws { #expect(try read(Self.whole).nodes == [Self.expected]) }

    @Test("The same Node in YAML is the same value")
    func yamlNode() throws {
        let yaml = """
            # JSON is YAML: this document is read as YAML for its first line
            \(Self.whole)
            """
        #expect(try read(yaml).nodes == [Self.expected])
    }

    @Test(
        "Absent fields and null give defaults",
        arguments: [
            #"{"kind":"Node","metadata":{"name":"a"}}"#,
            #"{"kind":"Node","metadata":{"name":"a","labels":null,"creationTimestamp":null},"spec":null,"status":null}"#,
            #"{"kind":"Node","metadata":{"name":"a"},"status":{"addresses":null,"conditions":null,"daemonEndpoints":null,"nodeInfo":null}}"#,
            #"{"kind":"Node","metadata":{"name":"a"},"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":0}}}}"#,
            #"{"kind":"Node","metadata":{"name":"a"},"status":{"daemonEndpoints":{"kubeletEndpoint":null}}}"#,
            "kind: Node\nmetadata:\n  name: a\n  creationTimestamp: null\nstatus: {}\n",
            "kind: Node\nmetadata: {name: a, labels: }\nspec: ~\n",
        ])
    func defaults(text: String) throws { #expect(try read(text).nodes == [Node(name: "a")]) }

    @Test(
        "The Ready condition",
        arguments: [
            (#"[{"type":"Ready","status":"True"}]"#, .true), (#"[{"type":"Ready","status":"False"}]"#, .false),
            (#"[{"type":"Ready","status":"Unknown"}]"#, .unknown), (#"[{"type":"Ready"}]"#, .unknown), ("[]", .missing),
            (#"[{"type":"Ready","status":"true"}]"#, .unknown),
            (#"[{"type":"MemoryPressure","status":"True"}]"#, .missing),
            ("[null]", .missing),
        ] as [(String, ReadyCondition.Status)])
    func ready(conditions: String, status: ReadyCondition.Status) throws {
        let file = try read(#"{"kind":"Node","metadata":{"name":"a"},"status":{"conditions":\#(conditions)}}"#)
        #expect(file.nodes.first?.ready.status == status)
    }

    @Test(
        "Shapes of a file",
        arguments: [
            (#"{"kind":"NodeList","apiVersion":"v1","items":[]}"#, []),
            (
                #"{"kind":"NodeList","items":[{"metadata":{"name":"a"}},{"kind":"Node","metadata":{"name":"b"}}]}"#,
                ["a", "b"]
            ),
            (
                #"{"apiVersion":"v1","items":[{"apiVersion":"v1","metadata":{"name":"a"},"kind":"Node"}],"kind":"List"}"#,
                ["a"]
            ),
            (#"{"kind":"Node","metadata":{"name":"a"}} {"kind":"Node","metadata":{"name":"b"}}"#, ["a", "b"]),
            (#"{"items":[{"kind":"NodeList","items":[{"metadata":{"name":"c"}}]}],"kind":"List"}"#, ["c"]),
            ("kind: Node\nmetadata: {name: a}\n---\n---\nkind: Node\nmetadata: {name: b}\n", ["a", "b"]),
            (
                "---\n# nothing\n---\nkind: NodeList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n",
                ["a", "b"]
            ),
            ("kind: List\nitems: []\n", []), ("kind: NodeList\nitems:\n", []),
            ("\u{feff}kind: Node\nmetadata: {name: a}\n", ["a"]),
            ("kind: Node\nmetadata: &m {name: a}\n", ["a"]),
        ] as [(String, [String])])
    func shapes(text: String, names: [String]) throws { #expect(try read(text).nodes.map(\.name) == names) }

    @Test("Objects that are no nodes are named and passed over")
    func ignored() throws {
        let file = try read(
            """
            kind: List
            items:
            - {kind: ConfigMap, apiVersion: v1, metadata: {name: c}}
            - {kind: Node, apiVersion: v1, metadata: {name: a}}
            - {kind: Node, apiVersion: management.cattle.io/v3, metadata: {name: b}}
            - {kind: ConfigMap, apiVersion: v1, metadata: {name: d}}
            """)
        #expect(file.nodes.map(\.name) == ["a"])
        #expect(file.ignoredKinds == ["ConfigMap", "Node of management.cattle.io/v3"])
    }

    @Test(
        "A wrong shape is refused with its line, its place and what was expected",
        arguments: [
            ("", "nodes: empty: a fleet without nodes is a NodeList with `items: []`"),
            ("# nothing\n", "nodes: empty: a fleet without nodes is a NodeList with `items: []`"),
            ("metadata: {name: a}", "nodes:1: kind: missing: expected Node, NodeList or List"),
            ("- kind: Node", "nodes:1: expected an object, found a list"),
            ("hello", "nodes:1: expected an object, found a string"),
            (
                "kind: Node\n",
                "nodes:1: metadata.name: a node needs a name of 1 to 253 letters, digits, '-', '_' or '.'"
            ),
            (
                "kind: Node\nmetadata: {name: \"a b\"}",
                "nodes:1: metadata.name: a node needs a name of 1 to 253 letters, digits, '-', '_' or '.'"
            ),
            ("kind: Node\nmetadata:\n  name: 5\n", "nodes:3: metadata.name: expected a string, found a number"),
            (
                "kind: Node\nmetadata:\n  name: a\n  labels:\n    x: true\n",
                "nodes:5: metadata.labels: expected a string, found a boolean"
            ),
            (
                "kind: NodeList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n  status:\n    addresses: 10.0.0.5\n",
                "nodes:6: items[1].status.addresses: expected a list, found a string"
            ),
            (
                "kind: Node\nmetadata: {name: a}\nstatus:\n  daemonEndpoints:\n    kubeletEndpoint:\n      Port: 70000\n",
                "nodes:6: status.daemonEndpoints.kubeletEndpoint.Port: 70000 is no port: expected 1 to 65535"
            ),
            (
                "kind: Node\nmetadata:\n  name: a\n  creationTimestamp: yesterday\n",
                "nodes:4: metadata.creationTimestamp: expected a time such as 2026-11-24T00:09:06Z"
            ),
            (
                "kind: Node\nmetadata: {name: a}\n---\nkind: Node\nmetadata: {name: a}\n",
                "nodes:4: metadata.name: more than one node is named a: names are unique"
            ),
            ("kind: Node\nkind: Node\n", "nodes:1: more than one key 'kind': remove all but one"),
            ("kind: [Node\n", "nodes:2: malformed YAML: did not find expected ',' or ']'"),
            ("kind: Node\nmetadata: *m\n", "nodes:2: malformed YAML: found undefined alias"),
            (
                "kind: Node\nmetadata:\n  <<: {name: a}\n",
                "nodes:3: a key has to be plain text: no merge key (<<), no list, no mapping"
            ),
            (
                "{\n\"kind\": \"Node\",\n\"metadata\": {\"name\": 5}}",
                "nodes:3: metadata.name: expected a string, found a number"
            ),
            ("{\"kind\":\"Node\"", "nodes:1: the text ends in the middle"),
            ("{kind: Node}", "nodes:1: expected a string, found malformed JSON"),
            (
                "{\"kind\":\"Node\"}x",
                "nodes:1: metadata.name: a node needs a name of 1 to 253 letters, digits, '-', '_' or '.'"
            ),
            ("{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}x", "nodes:1: expected an object, found malformed JSON"),
        ])
    func malformed(text: String, message: String) {
        #expect(throws: DocumentError.self) { try read(text) }
        do throws(DocumentError) { _ = try read(text) } catch { #expect("\(error)" == message) }
    }

    @Test("Text that is not UTF-8 is refused")
    func encoding() {
        #expect { try NodeFile(text: [0x61, 0xff, 0x0a], source: "nodes") } throws: {
            "\($0)" == "nodes: not UTF-8 text: expected YAML or JSON in UTF-8"
        }
    }

    @Test("Aliases that would fill the memory are refused")
    func laughs() throws {
        let yaml = Array("a: &a [ha, ha, ha]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c]\n".utf8)
        #expect(try TextDocument.documents(in: yaml, source: "nodes", expansionLimit: 1000).count == 1)
        #expect { try TextDocument.documents(in: yaml, source: "nodes", expansionLimit: 0) } throws: {
            "\($0)".contains(": its aliases expand it to more than")
        }
    }

    @Test("A file that can't be read is refused with the reason")
    func unreadable() throws {
        let folder = try ScratchFolder()
        #expect { try NodeFile(path: "\(folder.path)/none.yaml") } throws: {
            "\($0)" == "\(folder.path)/none.yaml: can't be read: No such file or directory"
        }
        #expect { try NodeFile(path: folder.path) } throws: {
            "\($0)" == "\(folder.path): can't be read: Is a directory"
        }
    }

    @Test("Recorded lists of a real API server are nodes files too", .enabled(if: Vectors.arePresent))
    func recorded() throws {
        let file = try NodeFile(text: try Vectors.bytes("scenario-ip-reuse/6-old-unknown.nodes.json"), source: "nodes")
        #expect(file.nodes.map(\.name) == ["new", "old"])
        #expect(file.nodes.map(\.ready.status) == [.true, .unknown])
        #expect(file.nodes.map { $0.addresses.first?.value } == ["127.0.0.31", "127.0.0.31"])
        #expect(file.nodes.first?.nodeInfo.machineID == "4a17156d3b565e3a5b4678f59b878fda")
    }
}
