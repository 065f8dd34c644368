/// The gzip state that the scrapes of one thread take turns with, so that its hundreds of KB are not made for each.
///
/// Not for use by two threads at once: one pool for each event loop.
@safe package final class GzipPool {
    /// Bytes that are inflated, rewritten and deflated at a time: with half of it ISA-L deflates a tenth slower, and more gains
    /// nothing in a whole scrape.
    static let pieceLength = 131_072

    /// Where bodies lie between inflating and rewriting, and between rewriting and deflating: empty outside of a call.
    let inflated = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 64)
    var rewritten = OutputBytes(capacity: pieceLength * 5 / 4)

    private let capacity: Int
    private var inflaters: [GzipInflater] = []
    private var deflaters: [GzipDeflater] = []

    /// - Parameter capacity: how many of each kind are kept while idle; the rest are freed.
    package init(capacity: Int = 16) {
        self.capacity = capacity
    }

    deinit {
        unsafe inflated.deallocate()
    }

    func takeInflater() -> GzipInflater {
        inflaters.popLast() ?? GzipInflater()
    }

    func takeDeflater() -> GzipDeflater {
        deflaters.popLast() ?? GzipDeflater()
    }

    func giveBack(_ inflater: GzipInflater) {
        guard inflaters.count < capacity else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    func giveBack(_ deflater: GzipDeflater) {
        guard deflaters.count < capacity else { return }
        deflater.reset()
        deflaters.append(deflater)
    }
}
