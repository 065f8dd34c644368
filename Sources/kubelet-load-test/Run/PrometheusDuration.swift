import ArgumentParser

/// A duration of the command line, written as in Prometheus: `500ms`, `30s`, `5m`, `1h30m`.
struct PrometheusDuration: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    let seconds: Double

    private static let units: [(name: String, milliseconds: Int)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    init(seconds: Double) { self.seconds = seconds }

    /// Nil for what is no duration, or none above zero.
    init?(argument: String) {
        var rest = argument[...]
        var total = 0
        var units = Self.units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { ("a"..."z").contains($0) }
            rest = rest[letters.endIndex...]
            // Longest first, each at most once.
            guard digits.count <= 9, let number = Int(digits),
                let place = units.firstIndex(where: { $0.name == letters })
            else { return nil }
            total += number * units[place].milliseconds
            units = units[(place + 1)...]
        }
        guard total > 0 else { return nil }
        seconds = Double(total) / 1000
    }

    var milliseconds: UInt64 { UInt64(seconds * 1000) }

    var description: String {
        seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(Int((seconds * 1000).rounded()))ms"
    }
}
