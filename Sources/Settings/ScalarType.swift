/// How one scalar of the file becomes a value, or why it doesn't.
struct ScalarType<Value> {
    let parse: (Spelling) throws(Mismatch) -> Value
}

/// Fact, limit and remedy; without the key.
struct Mismatch: Error {
    let message: String
}

extension ScalarType {
    /// The same, where one value (zero, an empty text) means that there is none.
    func none(where isNone: @escaping (Value) -> Bool) -> ScalarType<Value?> {
        ScalarType<Value?> { (spelling) throws(Mismatch) in
            let value = try parse(spelling)
            return isNone(value) ? nil : value
        }
    }
}

// MARK: Words

extension ScalarType where Value == Bool {
    /// Prometheus' YAML reader takes YAML 1.1's other words too.
    static var bool: Self {
        Self { (spelling) throws(Mismatch) in
            switch (spelling.isPlain, spelling.text) {
            case (true, "true"), (true, "True"), (true, "TRUE"), (true, "yes"), (true, "on"): return true
            case (true, "false"), (true, "False"), (true, "FALSE"), (true, "no"), (true, "off"): return false
            case (false, _): throw Mismatch(message: "\"\(spelling.text)\" in quotes: write true or false without")
            default: throw Mismatch(message: "\"\(spelling.text)\" is neither true nor false")
            }
        }
    }
}

extension ScalarType where Value == String {
    static var text: Self {
        Self { (spelling) throws(Mismatch) in spelling.text }
    }

    static var nonEmptyText: Self {
        Self { (spelling) throws(Mismatch) in
            guard !spelling.text.isEmpty else { throw Mismatch(message: "empty: give it a value or remove the key") }
            return spelling.text
        }
    }

    /// The name of a query parameter, which needs no escaping.
    static var parameterName: Self {
        Self { (spelling) throws(Mismatch) in
            let legal = spelling.text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard legal, !spelling.text.isEmpty else {
                throw Mismatch(
                    message: "\"\(spelling.text)\" is no parameter name: use letters, digits, \"_\", \"-\" and \".\"")
            }
            return spelling.text
        }
    }
}

extension ScalarType where Value == String? {
    static var optionalText: Self {
        ScalarType<String>.text.none(where: \.isEmpty)
    }
}

extension ScalarType where Value: CaseIterable & RawRepresentable<String> {
    static var choice: Self {
        Self { (spelling) throws(Mismatch) in
            if let value = Value(rawValue: spelling.text) { return value }
            let choices = Value.allCases.map(\.rawValue)
            throw Mismatch(message: "\"\(spelling.text)\" is none of \(choices.joined(separator: ", "))")
        }
    }
}

// MARK: Numbers

extension Comparable {
    /// Itself where it is in range.
    fileprivate func checked(
        against range: ClosedRange<Self>, spelled text: String, as spelling: (Self) -> String
    ) throws(Mismatch) -> Self {
        guard range.contains(self) else {
            let (least, most) = (spelling(range.lowerBound), spelling(range.upperBound))
            throw Mismatch(message: "\(text) is out of range: \(least) to \(most)")
        }
        return self
    }
}

extension ScalarType where Value == Int {
    static func count(in range: ClosedRange<Int>) -> Self {
        Self { (spelling) throws(Mismatch) in
            let text = spelling.text
            guard spelling.isPlain else {
                throw Mismatch(message: "\"\(text)\" is a text: write the number without quotes")
            }
            guard let number = Int(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2d }),
                text == "0" || text.utf8.first(where: { $0 != 0x2d }) != 0x30
            else { throw Mismatch(message: "\"\(text)\" is no whole number: write \(range.lowerBound) or more") }
            return try number.checked(against: range, spelled: text) { "\($0)" }
        }
    }

    /// In bytes.
    static func size(in range: ClosedRange<Int>) -> Self {
        Self { (spelling) throws(Mismatch) in
            let text = spelling.text
            guard let bytes = PrometheusUnits.bytes(text) else {
                throw Mismatch(
                    message: "\"\(text)\" is no size: write a number with its unit (B, KB, MB, GB, KiB, MiB, GiB), "
                        + "such as 64KiB or 16MB")
            }
            return try bytes.checked(against: range, spelled: text, as: PrometheusUnits.text)
        }
    }
}

extension ScalarType where Value == Int? {
    /// 0: none.
    static var optionalCount: Self {
        ScalarType<Int>.count(in: 0...1_000_000_000).none { $0 == 0 }
    }

    /// In bytes. 0: none.
    static var optionalSize: Self {
        ScalarType<Int>.size(in: 0...1 << 50).none { $0 == 0 }
    }
}

extension ScalarType where Value == Duration {
    static func duration(in range: ClosedRange<Duration> = .zero...longestDuration) -> Self {
        Self { (spelling) throws(Mismatch) in
            let text = spelling.text
            guard let duration = PrometheusUnits.duration(text) else {
                throw Mismatch(
                    message: "\"\(text)\" is no duration: write a number with its unit (ms, s, m, h, d, w, y), "
                        + "such as 500ms, 30s or 1h30m")
            }
            return try duration.checked(against: range, spelled: text, as: PrometheusUnits.text)
        }
    }

    /// Long enough that nothing happens.
    static var positiveDuration: Self { duration(in: .milliseconds(1)...longestDuration) }

    /// Far from any overflow of a timer's arithmetic.
    private static var longestDuration: Duration { .seconds(365 * 86_400) }
}

extension ScalarType where Value == Duration? {
    /// 0s: none.
    static var optionalDuration: Self {
        ScalarType<Duration>.duration().none { $0 == .zero }
    }
}

// MARK: Addresses

extension ScalarType where Value == ListenAddress {
    static var listenAddress: Self {
        Self { (spelling) throws(Mismatch) in
            if let address = ListenAddress(spelling.text) { return address }
            if spelling.text.hasPrefix("unix:") {
                throw Mismatch(
                    message: "\"\(spelling.text)\" is no Unix socket: write unix:/PATH, absolute and of at most "
                        + "107 bytes")
            }
            throw Mismatch(
                message: "\"\(spelling.text)\" is no address to listen on: write IP:PORT ([IP]:PORT for IPv6), "
                    + ":PORT for every interface, or unix:/PATH")
        }
    }
}
