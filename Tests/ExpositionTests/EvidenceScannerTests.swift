import Testing

@testable import Exposition

/// Scans a body that comes in pieces of so many bytes.
private func scan(
    _ body: [UInt8], type: String = "text/plain; version=0.0.4", coding: String? = nil, piece: Int = .max,
    first: Int? = nil, pool: GzipPool = GzipPool()
) -> EvidenceScanner {
    let scanner = EvidenceScanner(contentType: type, contentEncoding: coding, pool: pool)
    var position = 0
    while position < body.count {
        let length = min(position == 0 ? first ?? piece : piece, body.count - position)
        unsafe body[position..<position + length].withUnsafeBytes { unsafe scanner.scan($0) }
        position += length
    }
    return scanner
}

@Suite("A kubelet's identity, found in a body that streams by (spec 6.1)")
struct EvidenceScannerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let shown: ShownIdentity

        init(_ sentence: String, _ body: String, _ shown: ShownIdentity) {
            (testDescription, self.body, self.shown) = (sentence, body, shown)
        }
    }

    private static let machine = ShownIdentity(machineID: "m", systemUUID: "s", bootID: "b")

    @Test(
        "in text",
        arguments: [
            Case(
                "the node's name, in the middle",
                "a 1\n# TYPE kubelet_node_name gauge\nkubelet_node_name{node=\"n-1\"} 1\nb 2\n",
                ShownIdentity(nodeName: "n-1")),
            Case(
                "the machine's ids, at the end",
                "machine_scrape_error 0\nmachine_cpu_cores{boot_id=\"b\",machine_id=\"m\",system_uuid=\"s\"} 2\n",
                machine),
            Case(
                "ids beside another label, of which one looks like theirs",
                "machine_nvm{boot_id=\"b\",machine_id=\"m\",mode=\"a,machine_id=\\\"x\\\"\",system_uuid=\"s\"} 0 123\n",
                machine),
            Case(
                "the first of two", "kubelet_node_name{node=\"a\"} 1\nkubelet_node_name{node=\"b\"} 1\n",
                ShownIdentity(nodeName: "a")),
            Case("not in a comment", "# HELP x kubelet_node_name{node=\"a\"} 1\n# \"\n", ShownIdentity()),
            Case(
                "not under another name", "kubelet_node_name_2{node=\"a\"} 1\nkubelet_node_nam{node=\"b\"} 1\n",
                ShownIdentity()),
            Case(
                "not as another label", "kubelet_node_name{other=\"a\"} 1\nmy_machine_x{machine_id=\"m\"} 1\n",
                ShownIdentity()),
            Case(
                "not inside a label value, where a line feed begins no line",
                "a{x=\"\nkubelet_node_name{node=\\\"evil\\\"} 1\n\"} 1\nkubelet_node_name{node=\"good\"} 1\n",
                ShownIdentity(nodeName: "good")),
            Case(
                "escapes and all", "a{x=\"\\\\\"} 1\nb{x=\"\\\"\"} 1\nkubelet_node_name{node=\"q\\\"\\\\\\n\"} 1\n",
                ShownIdentity(nodeName: "q\"\\\n")),
            Case("nothing in a line without its end", "kubelet_node_name{node=\"a\"} 1", ShownIdentity()),
            Case("nothing in an empty body", "", ShownIdentity()),
            Case("nothing in an empty name", "kubelet_node_name{node=\"\"} 1\n", ShownIdentity()),
            Case(
                "behind long lines and many",
                String(repeating: "k{a=\"\(String(repeating: "x", count: 700))\"} 1\nmach 1\n", count: 30)
                    + "machine_x{machine_id=\"m\"} 1\n", ShownIdentity(machineID: "m")),
            Case(
                "not in a line of unheard-of length",
                "machine_x{a=\"\(String(repeating: "x", count: 9_000))\",machine_id=\"n\"} 1\nmachine_y{machine_id=\"m\"} 1\n",
                ShownIdentity(machineID: "m")),
        ])
    func text(_ example: Case) {
        let body = Array(example.body.utf8)
        for type in ["text/plain", "application/openmetrics-text; version=1.0.0"] {
            for piece in [Int.max, 1, 2, 3, 7, 16, 31, 100, 1000] {
                #expect(scan(body, type: type, piece: piece).shown == example.shown, "in pieces of \(piece)")
            }
        }
        for cut in body.indices.dropFirst() where body.count < 500 {
            #expect(scan(body, first: cut).shown == example.shown, "cut at \(cut)")
        }
    }

    private static let families: [UInt8] =
        ProtobufMessage.family("a", type: 1, .gauge([("kubelet_node_name", "x")])).delimited
        + ProtobufMessage.family("long", type: 1, help: String(repeating: "h", count: 70_000), .gauge()).delimited
        + ProtobufMessage().delimited
        + ProtobufMessage.family(
            "machine_cpu", type: 1, .gauge([("boot_id", "b"), ("machine_id", "m"), ("system_uuid", "s")])
        ).delimited

    @Test("in protobuf, wherever it is cut")
    func protobuf() {
        let type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        let named =
            Self.families + ProtobufMessage.family("kubelet_node_name", type: 1, .gauge([("node", "n")])).delimited
        var both = Self.machine
        both.nodeName = "n"
        for piece in [Int.max, 1, 2, 5, 63, 64, 65, 1000] {
            #expect(scan(Self.families, type: type, piece: piece).shown == Self.machine)
            #expect(scan(named, type: type, piece: piece).shown == both)
        }
        #expect(scan([UInt8](repeating: 0xff, count: 100), type: type).shown == ShownIdentity())
        #expect(scan(Array(named.dropLast(1)), type: type).shown == Self.machine)
    }

    @Test("not in what is no exposition format, in an unknown coding, or broken")
    func blind() {
        let body = Array("kubelet_node_name{node=\"a\"} 1\n".utf8)
        #expect(scan(body, type: "text/html").isDone)
        #expect(scan(body, type: "text/html").shown == ShownIdentity())
        #expect(scan(body, coding: "zstd").isDone)
        #expect(scan(body, coding: "gzip").isDone)
        #expect(!scan(Array("a 1\n".utf8)).isDone)
        #expect(scan(body).isDone)
    }

    private static let recordings: [(file: String, type: String)] = [
        ("metrics.prom3", "text/plain"), ("metrics.openmetrics", "text/plain"),
        ("metrics.proto", "application/vnd.google.protobuf"), ("metrics_cadvisor.prom3", "text/plain"),
        ("metrics_cadvisor.proto", "application/vnd.google.protobuf"), ("metrics_resource.prom3", "text/plain"),
        ("metrics_probes.proto", "application/vnd.google.protobuf"),
    ]

    @Test(
        "in recorded bodies of a real kubelet, gzip or not", .enabled(if: Vectors.arePresent, "the vectors are absent"),
        arguments: recordings)
    func recorded(file: String, type: String) throws {
        let pool = GzipPool()
        let expected =
            switch file.split(separator: ".")[0] {
            case "metrics": ShownIdentity(nodeName: "node-a")
            case "metrics_cadvisor":
                ShownIdentity(
                    machineID: "9ac48e51b475502c6d26d53759a117af", systemUUID: "a5ca6c7c-5bf8-ce07-c60b-428424338d69",
                    bootID: "e3f9969a-410d-6553-be6d-8da5f884e55d")
            default: ShownIdentity()
            }
        for (coding, pieces) in [("identity", [Int.max, 1, 17, 4096]), ("gzip", [Int.max, 1, 17, 2048])] {
            let body = try Vectors.bytes("kubelet/node-a/\(file).\(coding).body")
            for piece in pieces {
                let scanner = scan(body, type: type, coding: coding, piece: piece, pool: pool)
                #expect(scanner.shown == expected, "\(coding), in pieces of \(piece)")
            }
        }
    }
}
