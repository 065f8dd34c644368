/// `le` and `quantile` as Prometheus 3 reads them (spec 7.6): `1` as `1.0`, `1000000` as `1e+06`.
enum LabelNumber {
    /// The longest outcome: sign, 17 digits, point, exponent.
    static let longest = 32

    /// What the number at `start`, closed by a quote, looks like to rules; nil where it is none, and stays as it is.
    static func normalized(_ base: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> [UInt8]? {
        guard length > 0, unsafe NumberScan.end(base, start) == start + length else { return nil }
        let text = unsafe String(decoding: UnsafeBufferPointer(start: base + start, count: length), as: UTF8.self)
        guard let value = Double(text.lowercased()) else { return nil }
        return Array(spelled(value).utf8)
    }

    /// Go's `strconv.AppendFloat(f, 'g', -1, 64)`, with `.0` where it would look like an integer.
    static func spelled(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return "0.0" }
        let (digits, point) = decimal(value.magnitude)
        let exponent = point - 1
        if exponent < -4 || exponent >= 6 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return sign + digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + power
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point {
            return sign + digits + String(repeating: "0", count: point - digits.count) + ".0"
        }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The shortest digits that give the same double, without zeros at either end, and where the point stands.
    private static func decimal(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = Substring(mantissa[0] + fraction)
        while digits.first == "0" {
            digits.removeFirst()
            point -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), point)
    }
}
