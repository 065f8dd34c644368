/// The members of an `Accept` or `Accept-Encoding` field (RFC 9110 12.4.2), each with its weight.
///
/// Read leniently, as scrapers are older than their servers: a weight out of range is brought into it, one that is no
/// number counts as 1, and a parameter given twice is no error (Prometheus 2.49.0 sends `q=2`, 3.0 `escaping` twice).
struct WeightedList {
    struct Member {
        /// The member as it stands in the field, without the blanks around it.
        let text: Substring
        /// What stands before the first parameter, in lower case.
        let name: String
        /// 0 (refused) to 1.
        let weight: Double
    }

    let members: [Member]

    init(_ field: String) {
        members = Self.split(field[...], at: ",").compactMap { text in
            guard !text.isEmpty else { return nil }
            let parts = Self.split(text, at: ";")
            let weight = parts.dropFirst().lazy.compactMap(Self.weight).first
            return Member(text: text, name: parts[0].lowercased(), weight: weight ?? 1)
        }
    }

    /// The weight that a parameter `q=...` gives; nil for other parameters.
    private static func weight(of parameter: Substring) -> Double? {
        let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].trimmingBlanks.lowercased() == "q" else { return nil }
        guard let weight = Double(sides[1].trimmingBlanks), !weight.isNaN else { return 1 }
        return min(max(weight, 0), 1)
    }

    /// Splits outside of quoted strings, and takes the blanks off the parts.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                parts.append(text[start..<index].trimmingBlanks)
                start = text.index(after: index)
            }
        }
        parts.append(text[start...].trimmingBlanks)
        return parts
    }
}

extension StringProtocol {
    /// Without optional white space (RFC 9110 5.6.3) at its ends.
    var trimmingBlanks: Self.SubSequence {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
