/// Durations and sizes as Prometheus writes them.
enum PrometheusUnits {
    private static let second: Int64 = 1000
    /// In milliseconds, longest first: units must stand in this order, each at most once (`1h30m`).
    private static let durations: [(unit: String, milliseconds: Int64)] = [
        ("y", 365 * 86_400 * second), ("w", 7 * 86_400 * second), ("d", 86_400 * second), ("h", 3600 * second),
        ("m", 60 * second), ("s", second), ("ms", 1),
    ]

    /// Powers of 1024 whether written KB or KiB, as Prometheus reads them.
    private static let prefixes = ["", "K", "M", "G", "T", "P", "E"]

    /// `500ms`, `30s`, `1h30m`, `0`. Nil for anything else and for more than Go's int64 of nanoseconds holds.
    static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        var next = 0
        while !rest.isEmpty {
            guard let (digits, unit) = term(&rest), let number = Int64(digits),
                let index = durations[next...].firstIndex(where: { $0.unit == unit })
            else { return nil }
            next = index + 1
            let (amount, tooLong) = number.multipliedReportingOverflow(by: durations[index].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(amount)
            guard !tooLong, !overflow, sum <= Int64.max / 1_000_000 else { return nil }
            total = sum
        }
        return text.isEmpty ? nil : .milliseconds(total)
    }

    /// `16MB`, `512KiB`, `1.5GB`, `1MB512KB`, `0`, in bytes. Nil for anything else: a unit is required.
    static func bytes(_ text: String) -> Int? {
        if text == "0" { return 0 }
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            guard let (digits, unit) = term(&rest, fractions: true), let number = Double(digits), unit.hasSuffix("B")
            else { return nil }
            let prefix = unit.dropLast(unit.hasSuffix("iB") ? 2 : 1)
            guard let power = prefixes.firstIndex(of: String(prefix)), unit != "iB" else { return nil }
            total += number * Double(1 << (10 * power))
        }
        return text.isEmpty ? nil : Int(exactly: total.rounded(.down))
    }

    /// Digits and the letters behind them, taken off the front.
    private static func term(_ rest: inout Substring, fractions: Bool = false) -> (digits: Substring, unit: Substring)?
    {
        let digits = rest.prefix { ("0"..."9").contains($0) || (fractions && $0 == ".") }
        let unit = rest[digits.endIndex...].prefix { ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
        guard !digits.isEmpty, !unit.isEmpty else { return nil }
        rest = rest[unit.endIndex...]
        return (digits, unit)
    }

    /// A size in the largest unit that divides it.
    static func text(_ bytes: Int) -> String {
        var (number, power) = (bytes, 0)
        while number > 0, number % 1024 == 0, power < prefixes.count - 1 {
            number /= 1024
            power += 1
        }
        return "\(number)\(prefixes[power])\(power == 0 ? "B" : "iB")"
    }

    /// A duration in the largest unit that divides it.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0, let unit = durations.first(where: { milliseconds % $0.milliseconds == 0 }) else {
            return "0s"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.unit)"
    }
}
