/// Limits; sizes in bytes. Nil: none.
package struct LimitSettings: Sendable, Equatable {
    package var scrapesInFlight = 1000
    package var scrapesInFlightPerNode = 8
    package var tunnels = 1000
    /// Downstream connections.
    package var connections = 10_000
    package var headerSize = 64 << 10
    package var headerTimeout = Duration.seconds(5)
    package var idleTimeout = Duration.seconds(300)
    /// After decompression.
    package var bodySizeLimit: Int?
    package var sampleLimit: Int?
    package var labelLimit: Int?
    /// The longest single sample while rewriting.
    package var sampleLength = 1 << 20

    package init() {}
}
