import Relabeling
import Testing

@testable import Exposition

@Suite("Protobuf, rewritten")
struct ProtobufRewriterTests {
    private typealias Message = ProtobufMessage

    // MARK: - Labels

    @Test("A stamp goes on every kind of metric, and only label pairs change")
    func stamps() throws {
        let body =
            Message.family("c", type: 0, .counter([("a", "b")])).delimited
            + Message.family("s", type: 2, .summary(quantiles: [0.5])).delimited
            + Message.family("n", type: 4, .nativeHistogram([("a", "b")])).delimited
        let received = try rewriteProtobuf(body, with: stamping("node", "n1")).body
        let expected = try ProtobufDocument(body).series.map { $0.with("node", "n1") }
        #expect(try ProtobufDocument(received).series == expected)
        #expect(try ProtobufDocument(received).families.map(\.help) == ["What it is.", "What it is.", "What it is."])
    }

    @Test("A label that a stamp wants is kept as exported_, and again until the name is free")
    func exported() throws {
        let body = Message.family("g", type: 1, .gauge([("exported_node", "x"), ("node", "y")])).delimited
        let received = try rewriteProtobuf(body, with: stamping("node", "n1")).body
        #expect(
            try ProtobufDocument(received).series.map(\.labels) == [
                [["__name__", "g"], ["exported_exported_node", "y"], ["exported_node", "x"], ["node", "n1"]]
            ])
    }

    @Test("With honor_labels a label stays, and an empty one counts as none")
    func honorsLabels() throws {
        let stamp = try Stamp(label: "node", source: "__meta_kubernetes_node_name")
        let relabeler = RelabelRules([], stamps: [stamp], honorsLabels: true)
            .relabeler(owner: ["__meta_kubernetes_node_name": "n1"])
        let body = Message.family("g", type: 1, .gauge([("node", "own")]), .gauge([("a", "b"), ("node", "")])).delimited
        let received = try rewriteProtobuf(body, with: relabeler).body
        #expect(
            try ProtobufDocument(received).series.map(\.labels) == [
                [["__name__", "g"], ["node", "own"]], [["__name__", "g"], ["a", "b"], ["node", "n1"]],
            ])
    }

    @Test("Dropped metrics go, and a family goes with the last of them; a family that had none stays")
    func drops() throws {
        let drop = try RelabelConfig(action: "drop", sourceLabels: ["pod"], regex: "x.*")
        let relabeler = RelabelRules([drop]).relabeler(owner: [:])
        let kept = Message.family("kept", type: 1, .gauge([("pod", "a")])).delimited
        let empty = Message.family("empty", type: 1).delimited
        let body =
            Message.family("gone", type: 4, .histogram([("pod", "x")], bounds: [1, 2])).delimited + empty
            + Message.family("kept", type: 1, .gauge([("pod", "x1")]), .gauge([("pod", "a")]), .gauge([("pod", "x2")]))
            .delimited
        let (received, counts) = try rewriteProtobuf(body, with: relabeler)
        #expect(received == empty + kept)
        #expect(counts.samplesIn == 8)
        #expect(counts.samplesOut == 1)
        #expect(counts.droppedByRule == 7)
    }

    @Test("A removed label goes, an added one comes, and unknown fields and groups stay")
    func labelRules() throws {
        let rules = try [
            RelabelConfig(action: "labeldrop", regex: "id"),
            RelabelConfig(sourceLabels: ["pod"], regex: "(.).*", targetLabel: "first"),
        ]
        let group: [UInt8] = [11 << 3 | 3, 1 << 3 | 2, 1, 0, 2 << 3 | 3, 2 << 3 | 4, 11 << 3 | 4]
        let metric = Message.gauge([("id", "1"), ("pod", "abc")]).varint(6, 99).bytes(9, [1, 2, 3]).adding(group)
        let relabeled = Message.labels([("pod", "abc"), ("first", "a")]).message(2, Message().double(1, 1))
            .varint(6, 99).bytes(9, [1, 2, 3]).adding(group)
        let body = Message.family("g", type: 1, metric).text(77, "more")
        let expected = Message.family("g", type: 1, relabeled).text(77, "more")
        let relabeler = RelabelRules(rules).relabeler(owner: [:])
        #expect(try rewriteProtobuf(body.delimited, with: relabeler).body == expected.delimited)
    }

    @Test("Two metrics that a rule makes equal collide; what the body repeats does not")
    func collisions() throws {
        let drop = try RelabelConfig(action: "labeldrop", regex: "id")
        let relabeler = RelabelRules([drop]).relabeler(owner: [:])
        let body = Message.family(
            "h", type: 4, .histogram([("id", "1"), ("a", "b")], bounds: [1]),
            .histogram([("a", "b"), ("id", "2")], bounds: [1]),
            .histogram([("a", "c")], bounds: [1]), .histogram([("a", "c")], bounds: [1])
        ).delimited
        let (received, counts) = try rewriteProtobuf(body, with: relabeler)
        #expect(try ProtobufDocument(received).families.first?.metrics == 3)
        #expect(counts.collisions == 4)
        #expect(counts.samplesOut == 12)
    }

    // MARK: - Summaries

    private static let summaries = Message.family(
        "s", type: 2, .summary([("a", "b")], quantiles: [0.5, 1]), .summary([("a", "c")], quantiles: []))

    @Test("A rule that drops a summary's own name takes its quantiles and leaves sum and count, as in text")
    func dropsQuantiles() throws {
        let relabeler = try RelabelRules([RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "s")])
            .relabeler(owner: [:])
        try #require(!relabeler.traits.tellsPartsApart)
        let (received, counts) = try rewriteProtobuf(Self.summaries.delimited, with: relabeler)
        let expected = try ProtobufDocument(Self.summaries.delimited).series.filter {
            !$0.labels.contains(["__name__", "s"])
        }
        #expect(try ProtobufDocument(received).series == expected)
        #expect(counts.samplesOut == 4)
        #expect(counts.droppedByRule == 2)
    }

    @Test("A rule that keeps a summary's own name leaves its quantiles alone, as in text")
    func keepsQuantiles() throws {
        let keep = try RelabelConfig(action: "keep", sourceLabels: ["__name__"], regex: "s|other")
        let relabeler = RelabelRules([keep]).relabeler(owner: [:])
        try #require(!relabeler.traits.tellsPartsApart)
        let (received, counts) = try rewriteProtobuf(Self.summaries.delimited, with: relabeler)
        let expected = try ProtobufDocument(Self.summaries.delimited).series.filter {
            $0.labels.contains(["__name__", "s"])
        }
        #expect(expected.count == 2)
        let series = try ProtobufDocument(received).series
        #expect(
            series.map(\.labels) == [
                [["__name__", "s"], ["a", "b"], ["quantile", "0.5"]],
                [["__name__", "s"], ["a", "b"], ["quantile", "1.0"]],
            ])
        #expect(series.map(\.value) == expected.map(\.value))
        #expect(counts.samplesOut == 2)
        #expect(counts.droppedByRule == 4)
    }

    @Test("A rule for a classic histogram's own name does not mean its buckets, but a native histogram's series")
    func namesOfHistograms() throws {
        let relabeler = try RelabelRules([RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "h")])
            .relabeler(owner: [:])
        let classic = Message.family("h", type: 4, .histogram(bounds: [1, 2])).delimited
        let native = Message.family("h", type: 4, .nativeHistogram(bounds: [1, 2])).delimited
        #expect(try rewriteProtobuf(classic + native, with: relabeler).body == classic)
    }

    // MARK: - Counting and limits

    @Test(
        "Samples are counted as Prometheus counts them",
        arguments: [
            (.family("m", type: 0, .counter(), .counter([("a", "b")])), 2),
            (.family("m", type: 2, .summary(quantiles: [0.5, 0.9])), 4),
            (.family("m", type: 2, .summary(quantiles: [])), 2),
            (.family("m", type: 4, .histogram(bounds: [1, 2])), 5),
            (.family("m", type: 4, .histogram(bounds: [1, 2, .infinity])), 5),
            (.family("m", type: 4, .histogram(bounds: [1, .infinity, 2])), 4),
            (.family("m", type: 4, .histogram(bounds: [])), 3),
            (.family("m", type: 5, .histogram(bounds: [1])), 4),
            (.family("m", type: 4, .nativeHistogram(bounds: [1, 2])), 1),
            (.family("m", type: 3, .histogram(bounds: [1])), 1),
            (.family("m", type: 3), 0),
        ] as [(ProtobufMessage, Int)])
    func samples(family: ProtobufMessage, count: Int) throws {
        let counts = try rewriteProtobuf(family.delimited, with: identityRules()).counts
        #expect(counts.samplesIn == count)
        if count > 1 {
            _ = try rewriteProtobuf(family.delimited, with: identityRules(), limits: RewriteLimits(samples: count))
            #expect(throws: RewriteError.limit(.samples, reached: count, allowed: count - 1)) {
                try rewriteProtobuf(family.delimited, with: identityRules(), limits: RewriteLimits(samples: count - 1))
            }
        }
    }

    @Test("label_limit counts the name, the stamps, and the le that a bucket gets")
    func labelLimit() throws {
        let gauge = Message.family("g", type: 1, .gauge([("a", "b"), ("c", "")])).delimited
        let histogram = Message.family("h", type: 4, .histogram([("a", "b")], bounds: [1])).delimited
        let relabeler = try stamping("node", "n1")
        _ = try rewriteProtobuf(gauge, with: relabeler, limits: RewriteLimits(labels: 3))
        #expect(throws: RewriteError.limit(.labels, reached: 3, allowed: 2)) {
            try rewriteProtobuf(gauge, with: relabeler, limits: RewriteLimits(labels: 2))
        }
        #expect(throws: RewriteError.limit(.labels, reached: 4, allowed: 3)) {
            try rewriteProtobuf(histogram, with: relabeler, limits: RewriteLimits(labels: 3))
        }
    }

    @Test("sample_length is the length of a metric", arguments: [100, 5000])
    func sampleLength(length: Int) throws {
        let value = String(repeating: "v", count: length)
        let metric = Message.gauge([("a", value)])
        let body = Message.family("g", type: 1, .gauge(), metric).delimited
        for longest in [64, 1 << 20] {
            for chunk in [10, .max] {
                _ = try rewriteProtobuf(
                    body, with: identityRules(), limits: RewriteLimits(sampleLength: metric.bytes.count), chunk: chunk,
                    longestFamily: longest)
                let error = #expect(throws: RewriteError.self) {
                    try rewriteProtobuf(
                        body, with: identityRules(), limits: RewriteLimits(sampleLength: metric.bytes.count - 1),
                        chunk: chunk, longestFamily: longest)
                }
                guard case .limit(.sampleLength, _, metric.bytes.count - 1) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    // MARK: - Long families

    @Test(
        "A family that is too long to be held leaves in parts that say name, help and type", arguments: [1, 50, 400])
    func parts(chunk: Int) throws {
        let metrics = (0..<200).map { ProtobufMessage.gauge([("pod", "pod-\($0)")], Double($0)) }
        let family = metrics.reduce(Message.family("long", type: 1)) { $0.message(4, $1) }.text(5, "")
        let body = family.delimited + Message.family("next", type: 1, .gauge()).delimited
        let received = try rewriteProtobuf(body, with: stamping("node", "n"), chunk: chunk, longestFamily: 500).body
        let document = try ProtobufDocument(received)
        #expect(document.series == (try ProtobufDocument(body).series.map { $0.with("node", "n") }))
        #expect(document.families.count > 5)
        for part in document.families.dropLast() {
            #expect(part.name == "long")
            #expect(part.help == "What it is.")
            #expect(part.type == 1)
            #expect(part.metrics > 0)
        }
    }

    @Test("Parts without a survivor don't leave")
    func droppedParts() throws {
        let keep = try RelabelConfig(action: "keep", sourceLabels: ["pod"], regex: "pod-150")
        let metrics = (0..<200).map { ProtobufMessage.gauge([("pod", "pod-\($0)")], Double($0)) }
        let body = metrics.reduce(Message.family("long", type: 1)) { $0.message(4, $1) }.delimited
        let relabeler = RelabelRules([keep]).relabeler(owner: [:])
        let received = try rewriteProtobuf(body, with: relabeler, chunk: 100, longestFamily: 500).body
        #expect(received == Message.family("long", type: 1, metrics[150]).delimited)
    }

    @Test("A long family that says its name behind its metrics is refused; one that is held is not")
    func lateName() throws {
        let metrics = (0..<50).reduce(Message()) { $0.message(4, .gauge([("n", "\($1)")])) }
        let body = metrics.text(1, "late").varint(3, 1).delimited
        #expect(try rewriteProtobuf(body, with: identityRules()).body == body)
        #expect(throws: RewriteError.self) {
            try rewriteProtobuf(body, with: identityRules(), chunk: 50, longestFamily: 100)
        }
    }
}
