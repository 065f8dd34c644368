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

extension ProxySettings {
    mutating func readLimits(from root: SectionReader) {
        root.section("limits") { section in
            section.read("scrapes_in_flight", into: &limits.scrapesInFlight, as: .count(in: 1...1_000_000))
            section.read(
                "scrapes_in_flight_per_node", into: &limits.scrapesInFlightPerNode, as: .count(in: 1...1_000_000))
            section.read("tunnels", into: &limits.tunnels, as: .count(in: 1...1_000_000))
            section.read("connections", into: &limits.connections, as: .count(in: 1...1_000_000))
            section.read("header_size", into: &limits.headerSize, as: .size(in: 256...16 << 20))
            section.read("header_timeout", into: &limits.headerTimeout, as: .positiveDuration)
            section.read("idle_timeout", into: &limits.idleTimeout, as: .positiveDuration)
            section.read("body_size_limit", into: &limits.bodySizeLimit, as: .optionalSize)
            section.read("sample_limit", into: &limits.sampleLimit, as: .optionalCount)
            section.read("label_limit", into: &limits.labelLimit, as: .optionalCount)
            section.read("sample_length", into: &limits.sampleLength, as: .size(in: 1...1 << 30))
        }
    }
}
