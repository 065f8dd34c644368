import Exposition
import Foundation
import Relabeling
import Testing

@testable import Exposition

/// Runs a body through the protobuf rewriter in pieces of `chunk` bytes, or cut once at `cut`.
@discardableResult
func rewriteProtobuf(
    _ body: [UInt8], with relabeler: ScrapeRelabeler, limits: RewriteLimits = .none, chunk: Int = .max, cut: Int? = nil,
    longestFamily: Int = ProtobufRewriter.longestFamily
) throws(RewriteError) -> (body: [UInt8], counts: RewriteCounts) {
    try rewriteProtobuf(
        body, with: RewritePlan(relabeler, limits: limits), chunk: chunk, cut: cut, longestFamily: longestFamily)
}

@discardableResult
func rewriteProtobuf(
    _ body: [UInt8], with plan: RewritePlan, chunk: Int = .max, cut: Int? = nil,
    longestFamily: Int = ProtobufRewriter.longestFamily
) throws(RewriteError) -> (body: [UInt8], counts: RewriteCounts) {
    let rewriter = ExpositionRewriter(ProtobufRewriter(plan, longestFamily: longestFamily))
    var output = OutputBytes()
    var start = 0
    while start < body.count {
        let end = start == 0 ? cut ?? min(chunk, body.count) : min(cut == nil ? start + chunk : body.count, body.count)
        try rewriter.write(Array(body[start..<end]), to: &output)
        start = end
    }
    try rewriter.finish(to: &output)
    return (output.copyArray(), rewriter.counts)
}

/// Rules that look at every series and change none.
func identityRules() throws -> ScrapeRelabeler {
    let rule = try RelabelConfig(action: "drop", sourceLabels: ["no_such_label"], regex: "no such value")
    return RelabelRules([rule]).relabeler(owner: [:])
}

func stamping(_ label: String, _ value: String) throws -> ScrapeRelabeler {
    let stamp = try Stamp(label: label, source: "__meta_kubernetes_node_name")
    return RelabelRules([], stamps: [stamp]).relabeler(owner: ["__meta_kubernetes_node_name": value])
}

@Suite("Protobuf vectors", .enabled(if: Vectors.arePresent, "the test vectors are absent"))
struct ProtobufVectorTests {
    static let documents = ExpositionVector.all.filter { $0.format == "protobuf-delimited" }

    static let kubeletBodies: [String] = {
        let kubelet = Vectors.root.appendingPathComponent("kubelet")
        let files = FileManager.default.enumerator(atPath: kubelet.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.contains("proto.") && $0.hasSuffix(".body") }.sorted()
    }()

    @Test("What Prometheus accepts passes an identity rule byte for byte", arguments: documents)
    func identity(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        try #require(vector.isAccepted)
        let (received, counts) = try rewriteProtobuf(body, with: identityRules())
        #expect(received == body)
        #expect(
            counts.samplesIn == (try vector.golden().count { $0.kind == "series" || $0.kind == "native_histogram" }))
        #expect(counts.samplesOut == counts.samplesIn)
        #expect(counts.bytesOut == body.count)
    }

    @Test("With a stamp, the golden parse plus that label leaves, in order", arguments: documents)
    func stamped(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        let (received, _) = try rewriteProtobuf(body, with: stamping("zz_stamp", "n\"1"))
        let golden = try vector.golden().filter { $0.kind == "series" || $0.kind == "native_histogram" }
        let series = try ProtobufDocument(received).series
        try #require(series.count == golden.count)
        for (mine, theirs) in zip(series, golden) {
            let expected = ProtobufDocument.Series(theirs).with("zz_stamp", "n\"1")
            #expect(mine.labels == expected.labels)
            #expect(mine.isNative == expected.isNative)
            if !mine.isNative { #expect(mine.value == expected.value) }
        }
        // Without the stamp, nothing else has changed: values, timestamps, exemplars and native histograms included.
        #expect(try withoutLabels("zz_stamp", received) == withoutLabels("zz_stamp", body))
    }

    @Test("Pieces cut anywhere give the same bytes", arguments: documents)
    func cutsAnywhere(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        let relabeler = try stamping("zz_stamp", "n\"1")
        let whole = try rewriteProtobuf(body, with: relabeler).body
        for cut in stride(from: 1, to: body.count, by: max(body.count / 256, 1)) {
            #expect(try rewriteProtobuf(body, with: relabeler, cut: cut).body == whole, "cut at \(cut)")
        }
        #expect(try rewriteProtobuf(body, with: relabeler, chunk: 1).body == whole)
    }

    @Test("A body that is cut between two of its families passes, and no other", arguments: documents)
    func truncated(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        let relabeler = try identityRules()
        var ends: Set<Int> = [0]
        for message in try ProtobufDocument.messages(body) {
            ends.insert((ends.max() ?? 0) + OutputBytes.varintLength(message.count) + message.count)
        }
        for length in stride(from: 0, to: body.count, by: max(body.count / 256, 1)) where !ends.contains(length) {
            #expect(throws: RewriteError.self, "cut at \(length)") {
                try rewriteProtobuf(Array(body[..<length]), with: relabeler)
            }
        }
    }

    @Test("Through gzip, in and out, documents come out the same", arguments: documents)
    func throughGzip(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        let relabeler = try stamping("zz_stamp", "n\"1")
        let expected = try rewriteProtobuf(body, with: relabeler).body
        let stream = deflate(body)
        let pool = GzipPool()
        for chunk in [1, 7, .max] {
            let rewriter = CodedRewriter(
                ExpositionRewriter(ProtobufRewriter(RewritePlan(relabeler))), from: .gzip, to: .gzip, pool: pool)
            #expect(try inflate(rewrite(stream, chunk: chunk, with: rewriter).body) == expected)
        }
    }

    @Test("A kubelet's body passes an identity rule byte for byte", arguments: kubeletBodies)
    func kubelet(file: String) throws {
        let bytes = try Vectors.bytes("kubelet/" + file)
        let body = file.contains(".gzip.") ? try inflate(bytes) : bytes
        #expect(try rewriteProtobuf(body, with: identityRules(), chunk: 16_384).body == body)
    }

    @Test("A kubelet's body leaves with the stamp on every series, whole or in parts", arguments: kubeletBodies)
    func kubeletStamped(file: String) throws {
        let bytes = try Vectors.bytes("kubelet/" + file)
        let body = file.contains(".gzip.") ? try inflate(bytes) : bytes
        let relabeler = try stamping("node", "node-a")
        let original = try ProtobufDocument(body)
        let expected = original.series.map { series in
            let own = series.labels.first { $0[0] == "node" }.map { $0[1] }
            let moved = own.map { series.with("exported_node", $0) } ?? series
            return moved.with("node", "node-a")
        }
        for longest in [ProtobufRewriter.longestFamily, 4096] {
            let (received, counts) = try rewriteProtobuf(body, with: relabeler, chunk: 5000, longestFamily: longest)
            #expect(try ProtobufDocument(received).series == expected)
            #expect(counts.samplesOut == expected.count)
        }
    }

    /// The bytes of every metric but for the labels of that name.
    private func withoutLabels(_ name: String, _ body: [UInt8]) throws -> [[UInt8]] {
        try ProtobufDocument.messages(body).flatMap { message in
            try ProtobufDocument.fields(message).map { field in
                guard field.number == 4 else { return field.bytes }
                return try ProtobufDocument.fields(field.bytes).filter { inner in
                    guard inner.number == 1 else { return true }
                    return try ProtobufDocument.fields(inner.bytes).first?.bytes != Array(name.utf8)
                }
                .flatMap { [UInt8(truncatingIfNeeded: $0.number)] + $0.bytes }
            }
        }
    }
}
