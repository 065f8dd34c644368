/// Looks for a kubelet's identity in a body that streams by, as it is coded on the wire and in whatever pieces it comes.
/// Changes nothing and never fails: a body that it can't read shows nothing.
package final class EvidenceScanner {
    private enum Engine {
        case text(TextEvidence)
        case protobuf(ProtobufEvidence)
    }

    private var engine: Engine
    private let pool: GzipPool
    private var inflater: GzipInflater?
    private var isBlind = false

    /// - Parameters:
    ///   - contentType, contentEncoding: of the answer. One that is neither text nor protobuf, or in another coding than gzip, shows
    ///     nothing.
    package init(contentType: String?, contentEncoding: String?, pool: GzipPool) {
        self.pool = pool
        engine = .text(TextEvidence())
        switch ExpositionFormat(contentType: contentType) {
        case .text, .openMetrics: break
        case .protobuf: engine = .protobuf(ProtobufEvidence())
        case nil: isBlind = true
        }
        switch ContentCoding(contentEncoding: contentEncoding) {
        case .identity: break
        case .gzip: if !isBlind { inflater = pool.takeInflater() }
        case nil: isBlind = true
        }
    }

    deinit {
        if let inflater { pool.giveBack(inflater) }
    }

    package var shown: ShownIdentity {
        switch engine {
        case .text(let text): text.shown
        case .protobuf(let protobuf): protobuf.shown
        }
    }

    /// Nothing stronger can come: the rest need not be scanned.
    package var isDone: Bool { isBlind || shown.nodeName != nil }

    /// Takes the next piece of the body, without framing.
    package func scan(_ bytes: UnsafeRawBufferPointer) {
        guard !isDone else { return }
        guard let inflater else {
            unsafe look(at: bytes)
            return
        }
        var rest = unsafe bytes
        var filledPiece = false
        while unsafe !rest.isEmpty || filledPiece, !isDone {
            let piece = unsafe pool.inflated
            do throws(GzipError) {
                let length = try unsafe inflater.inflate(&rest, into: piece)
                filledPiece = length == piece.count
                unsafe look(at: UnsafeRawBufferPointer(rebasing: piece.prefix(length)))
            } catch {
                isBlind = true
            }
        }
    }

    private func look(at plain: UnsafeRawBufferPointer) {
        // Out and in again: an array inside must not be copied because it is held twice.
        switch engine {
        case .text(var text):
            engine = .text(TextEvidence())
            unsafe text.scan(plain)
            engine = .text(text)
        case .protobuf(var protobuf):
            engine = .protobuf(ProtobufEvidence())
            unsafe protobuf.scan(plain)
            engine = .protobuf(protobuf)
        }
    }
}
