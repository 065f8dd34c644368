import Relabeling
import Testing

/// The way of the rewriter: byte runs in, entries out.
@Suite struct LabelsTests {
    private static func withLabels<Result>(
        _ pairs: [(String, String)], in labels: inout Labels, _ body: (inout Labels) -> Result
    ) -> Result {
        let text: [UInt8] = pairs.flatMap { Array($0.0.utf8) + Array($0.1.utf8) } + [0]
        return unsafe text.withUnsafeBufferPointer { buffer in
            labels.begin()
            var offset = 0
            for (index, pair) in pairs.enumerated() {
                let name = unsafe ByteRun(UnsafeBufferPointer(rebasing: buffer[offset..<(offset + pair.0.utf8.count)]))
                offset += pair.0.utf8.count
                let value = unsafe ByteRun(UnsafeBufferPointer(rebasing: buffer[offset..<(offset + pair.1.utf8.count)]))
                offset += pair.1.utf8.count
                labels.append(name: name, value: value, origin: index)
            }
            return body(&labels)
        }
    }

    @Test("Labels that no rule touched keep their origin, others have none")
    func origins() throws {
        let configs = [
            try RelabelConfig(sourceLabels: ["a"], targetLabel: "b"),
            try RelabelConfig(action: "labeldrop", regex: "c"),
            try RelabelConfig(sourceLabels: ["a"], targetLabel: "d"),
        ]
        var labels = Labels(RelabelRules(configs).relabeler(owner: [:]))
        let pairs = [("__name__", "n"), ("a", "1"), ("b", "2"), ("c", "3")]
        Self.withLabels(pairs, in: &labels) { labels in
            #expect(labels.relabel() == .changed)
            #expect(labels.presentCount == 4)
            let entries = (0..<labels.count).map { labels[$0] }
            #expect(entries.map(\.name.string) == ["__name__", "a", "b", "c", "d"])
            #expect(entries.map(\.value.string) == ["n", "1", "1", "3", "1"])
            #expect(entries.map(\.isPresent) == [true, true, true, false, true])
            #expect(entries.map(\.origin) == [0, 1, -1, 3, -1])
        }
    }

    @Test(
        "What became of a series is told apart",
        arguments: [
            ([("__name__", "n"), ("a", "1")], RelabelOutcome.unchanged), ([("__name__", "n"), ("b", "1")], .changed),
            ([("__name__", "drop")], .dropped), ([("__name__", "bare"), ("c", "1")], .leftWithoutName),
            ([("a", "1")], .leftWithoutName), ([("__name__", "bare")], .leftWithoutLabels),
            ([("__name__", "n"), ("b", "")], .unchanged), ([("__name__", "n"), ("tmp", "1")], .unchanged),
        ])
    func outcomes(pairs: [(String, String)], expected: RelabelOutcome) throws {
        let configs = [
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "drop"),
            try RelabelConfig(sourceLabels: ["__name__"], regex: "bare", targetLabel: "__name__", replacement: ""),
            try RelabelConfig(action: "labeldrop", regex: "b"),
            try RelabelConfig(sourceLabels: ["tmp"], targetLabel: "__tmp"),
            // What it sets is there already.
            try RelabelConfig(sourceLabels: ["a"], regex: "(1)", targetLabel: "a"),
        ]
        var labels = Labels(RelabelRules(configs).relabeler(owner: [:]))
        Self.withLabels(pairs, in: &labels) { labels in #expect(labels.relabel() == expected) }
    }

    @Test("Series of one label set have one fingerprint, in whatever order, before and after; others do not")
    func fingerprints() throws {
        let rules = RelabelRules([try RelabelConfig(action: "labeldrop", regex: "id")])
        var labels = Labels(rules.relabeler(owner: [:]))
        func fingerprints(_ pairs: [(String, String)]) -> (before: UInt64, after: UInt64) {
            Self.withLabels(pairs, in: &labels) { labels in
                _ = labels.relabel()
                return (labels.inputFingerprint, labels.fingerprint())
            }
        }
        let first = fingerprints([("__name__", "n"), ("a", "1"), ("id", "2"), ("empty", "")])
        let turned = fingerprints([("id", "2"), ("a", "1"), ("__name__", "n")])
        let other = fingerprints([("__name__", "n"), ("a", "1"), ("id", "3")])
        let swapped = fingerprints([("__name__", "n"), ("a", "2"), ("id", "1")])
        #expect(first == turned)
        #expect(first.before != other.before)
        #expect(first.after == other.after)
        #expect(first.before != swapped.before)
        #expect(first.after != swapped.after)
        #expect(first.after == fingerprints([("__name__", "n"), ("a", "1")]).before)
    }

    @Test("More labels, and more names, than there was room for")
    func growth() throws {
        let configs = [
            try RelabelConfig(action: "labelmap", regex: "(a.*)", replacement: "copy_$1"),
            try RelabelConfig(action: "labeldrop", regex: "a.*7"),
        ]
        var labels = Labels(RelabelRules(configs).relabeler(owner: [:]))
        for round in 0..<60 {
            let pairs = [("__name__", "n")] + (0..<100).map { ("a\(round)_\($0)", "v\($0)") }
            Self.withLabels(pairs, in: &labels) { labels in
                #expect(labels.relabel() == .changed)
                #expect(labels.presentCount == 201 - (0..<100).count { "a\(round)_\($0)".hasSuffix("7") })
                let last = labels[labels.count - 1]
                #expect(last.name.string == "copy_a\(round)_99" && last.value.string == "v99")
            }
        }
    }

    @Test("Texts longer than the scratch memory are put together all the same")
    func longTexts() throws {
        let config = try RelabelConfig(sourceLabels: ["a", "b"], targetLabel: "c")
        var labels = Labels(RelabelRules([config]).relabeler(owner: [:]))
        for count in [10, 100_000, 10] {
            let long = String(repeating: "x", count: count)
            Self.withLabels([("__name__", "n"), ("a", long), ("b", long)], in: &labels) { labels in
                _ = labels.relabel()
                #expect(labels[3].value.string == long + ";" + long)
            }
        }
    }
}
