/// A body ready to be sent, plain and compressed. The pieces are shared among kubelets as far as their bodies are equal,
/// so that 5,000 of them fit into memory.
package struct MetricsBody: Sendable {
    package let plain: PiecedBytes
    package let gzip: PiecedBytes
}

/// Bytes that lie in several arrays.
package struct PiecedBytes: Sendable {
    package let pieces: [[UInt8]]
    package let count: Int

    package init(_ pieces: [[UInt8]]) {
        self.pieces = pieces.filter { !$0.isEmpty }
        count = pieces.reduce(0) { $0 + $1.count }
    }

    /// All in one array, for comparisons.
    package var joined: [UInt8] { Array(pieces.joined()) }
}
