/// A replacement or target such as `${1}_$name`, expanded as Go's `Regexp.Expand` does: `$$` is a dollar sign, what names
/// no group is empty, and a dollar sign that begins no name stays.
struct RelabelTemplate {
    enum Part: Equatable {
        case literal([UInt8])
        /// Of groups that share a name, the first that took part counts.
        case group([Int])
    }

    let parts: [Part]

    init(_ template: String, groupNames: [String?]) {
        var parts: [Part] = []
        var literal = String.UnicodeScalarView()
        var rest = Substring(template).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "$" else {
                literal.append(scalar)
                continue
            }
            if rest.first == "$" {
                literal.append("$")
                rest.removeFirst()
                continue
            }
            guard let name = Self.takeName(from: &rest) else {
                literal.append("$")
                continue
            }
            if !literal.isEmpty { parts.append(.literal(Array(String(literal).utf8))) }
            literal.removeAll()
            parts.append(.group(Self.groups(named: name, among: groupNames)))
        }
        if !literal.isEmpty { parts.append(.literal(Array(String(literal).utf8))) }
        // A group that can't be is no part.
        self.parts = parts.filter { $0 != .group([]) }
    }

    /// What it expands to whatever was matched; nil where that counts.
    var constant: [UInt8]? {
        var bytes: [UInt8] = []
        for part in parts {
            guard case .literal(let literal) = part else { return nil }
            bytes += literal
        }
        return bytes
    }

    /// What every expansion begins with.
    var prefix: [UInt8] {
        if case .literal(let bytes)? = parts.first { bytes } else { [] }
    }

    /// False where what it begins and ends with rules that out.
    func mayExpand(to text: String) -> Bool {
        if let constant { return constant.elementsEqual(text.utf8) }
        let bytes = Array(text.utf8)
        guard bytes.starts(with: prefix) else { return false }
        guard case .literal(let suffix)? = parts.last else { return true }
        return bytes.suffix(suffix.count).elementsEqual(suffix)
    }

    /// `groups` gives the text of each group, nil for one that had no part.
    func expanded(_ groups: [[UInt8]?]) -> [UInt8] {
        parts.reduce(into: []) { result, part in
            switch part {
            case .literal(let bytes): result += bytes
            case .group(let candidates): result += candidates.lazy.compactMap { groups[$0] }.first ?? []
            }
        }
    }

    /// Takes `name` or `{name}`; leaves the text alone where there is none.
    private static func takeName(from rest: inout Substring.UnicodeScalarView) -> String? {
        var text = rest
        let isBraced = text.first == "{"
        if isBraced { text.removeFirst() }
        var name = String.UnicodeScalarView()
        while let scalar = text.first, isNameCharacter(scalar) {
            name.append(scalar)
            text.removeFirst()
        }
        guard !name.isEmpty, !isBraced || text.popFirst() == "}" else { return nil }
        rest = text
        return String(name)
    }

    private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: scalar == "_"
        }
    }

    private static func groups(named name: String, among names: [String?]) -> [Int] {
        let isNumber = name.utf8.allSatisfy { (0x30...0x39).contains($0) } && (name == "0" || !name.hasPrefix("0"))
        if isNumber, let number = Int(name), number < 100_000_000 {
            return number < names.count ? [number] : []
        }
        return names.indices.filter { names[$0] == name }
    }
}
