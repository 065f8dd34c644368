import Crypto
import FakeCluster

/// Tells whose body it is that arrived, and how much of it. A body is read from end to end the first time; when the very same
/// bytes come again, by their SHA-256, what was read then holds: fake kubelets answer the same each time.
struct BodyReader {
    private let kubelets: [String: Int]
    private let gzip = GzipReader()
    private var known: [SHA256Digest: Result<StoredBody, Unreadable>] = [:]
    private static let knownAtMost = 200_000

    struct Unreadable: Error, Hashable { let text: String }

    /// - Parameter machines: the `machine_id` of each member, in their order.
    init(machines: [String]) {
        kubelets = Dictionary(uniqueKeysWithValues: machines.enumerated().map { ($1, $0) })
    }

    mutating func read(_ body: [UInt8], isGzip: Bool) -> Result<StoredBody, Unreadable> {
        let digest = unsafe body.withUnsafeBytes { bytes in
            var hash = SHA256()
            unsafe hash.update(bufferPointer: bytes)
            return hash.finalize()
        }
        if let known = known[digest] { return known }
        let facts = readAnew(body, isGzip: isGzip)
        if known.count >= Self.knownAtMost { known.removeAll() }
        known[digest] = facts
        return facts
    }

    private func readAnew(_ body: [UInt8], isGzip: Bool) -> Result<StoredBody, Unreadable> {
        let told =
            isGzip
            ? unsafe gzip.withPlain(of: body) { unsafe tell($0) } : unsafe body.withUnsafeBytes { unsafe tell($0) }
        return told ?? .failure(Unreadable(text: "short answer: the gzip body is broken"))
    }

    private func tell(_ plain: UnsafeRawBufferPointer) -> Result<StoredBody, Unreadable> {
        // A line that was cut off would be a sample of its own.
        guard unsafe plain.last == UInt8(ascii: "\n") else {
            return .failure(Unreadable(text: "short answer: the body ends inside a line"))
        }
        let facts = unsafe BodyFacts(plain)
        let kubelet = facts.hasMarker && facts.machines.count == 1 ? facts.machines.first.flatMap { kubelets[$0] } : nil
        let stamp = facts.stampedNode.map { StoredBody.Stamp(node: $0, samples: facts.stampedSamples) }
        return .success(StoredBody(kubelet: kubelet, samples: facts.samples, stamp: stamp))
    }
}
