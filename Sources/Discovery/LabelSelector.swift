/// A label selector in Kubernetes' language: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. An empty one selects everything.
package struct LabelSelector: Sendable, Equatable {
    enum Requirement: Sendable, Equatable {
        case isOneOf(key: String, Set<String>)
        case isNoneOf(key: String, Set<String>)
        case exists(key: String)
        case isAbsent(key: String)
    }

    private let requirements: [Requirement]

    package func matches(_ labels: PackedPairs) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isOneOf(let key, let values): labels[key].map(values.contains) ?? false
            // A node without the label is selected too.
            case .isNoneOf(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    package init(_ text: String) throws(LabelSelectorError) {
        var parser = SelectorParser(text)
        requirements = try parser.requirements()
    }
}

/// What is wrong with a selector, in one line.
package struct LabelSelectorError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// Reads tokens as k8s.io/apimachinery/pkg/labels does: blanks count only between words.
private struct SelectorParser {
    private enum Token: Equatable {
        case word(String)
        case symbol(Character)
        case equals, notEquals
        case end
    }

    private var rest: Substring
    private var next = Token.end

    init(_ text: String) {
        rest = text[...]
        next = scan()
    }

    mutating func requirements() throws(LabelSelectorError) -> [LabelSelector.Requirement] {
        var found: [LabelSelector.Requirement] = []
        guard next != .end else { return found }
        while true {
            found.append(try requirement())
            guard take() == .symbol(",") else {
                guard found.count > 0, isAtEnd else { throw unexpected("a comma between requirements") }
                return found
            }
        }
    }

    /// Whether the token that was taken last was the end.
    private var isAtEnd = false

    private mutating func requirement() throws(LabelSelectorError) -> LabelSelector.Requirement {
        if next == .symbol("!") {
            _ = take()
            return .isAbsent(key: try key())
        }
        let key = try key()
        switch next {
        case .equals:
            _ = take()
            return .isOneOf(key: key, [try value()])
        case .notEquals:
            _ = take()
            return .isNoneOf(key: key, [try value()])
        case .word("in"):
            _ = take()
            return .isOneOf(key: key, try set())
        case .word("notin"):
            _ = take()
            return .isNoneOf(key: key, try set())
        default: return .exists(key: key)
        }
    }

    private mutating func key() throws(LabelSelectorError) -> String {
        guard case .word(let key) = take() else { throw unexpected("a label's name") }
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let isPrefixed = parts.count == 2 && Self.isName(parts[0], limit: 253)
        guard parts.count == 1 || isPrefixed, let name = parts.last, Self.isName(name, limit: 63) else {
            throw LabelSelectorError(description: "\"\(key)\" is no name of a label")
        }
        return key
    }

    /// An empty value is one.
    private mutating func value() throws(LabelSelectorError) -> String {
        guard case .word(let value) = next else {
            guard next == .end || next == .symbol(",") || next == .symbol(")") else { throw unexpected("a value") }
            return ""
        }
        _ = take()
        guard Self.isName(value[...], limit: 63) else {
            throw LabelSelectorError(description: "\"\(value)\" is no value of a label")
        }
        return value
    }

    private mutating func set() throws(LabelSelectorError) -> Set<String> {
        guard take() == .symbol("(") else { throw unexpected("( behind in or notin") }
        var values: Set<String> = []
        while true {
            values.insert(try value())
            switch take() {
            case .symbol(","): continue
            case .symbol(")"): return values
            default: throw unexpected("a comma or ) in the set of values")
            }
        }
    }

    private static func isName(_ text: Substring, limit: Int) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= limit else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || [0x2d, 0x2e, 0x5f].contains($0) }
    }

    // MARK: Tokens

    private func unexpected(_ wanted: String) -> LabelSelectorError {
        LabelSelectorError(description: "expected \(wanted), before \"\(rest.prefix(40))\"")
    }

    private mutating func take() -> Token {
        let taken = next
        isAtEnd = taken == .end
        if !isAtEnd { next = scan() }
        return taken
    }

    private mutating func scan() -> Token {
        rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard let first = rest.first else { return .end }
        switch first {
        case "(", ")", ",":
            rest.removeFirst()
            return .symbol(first)
        case "=":
            rest = rest.dropFirst(rest.hasPrefix("==") ? 2 : 1)
            return .equals
        case "!":
            let isOperator = rest.hasPrefix("!=")
            rest = rest.dropFirst(isOperator ? 2 : 1)
            return isOperator ? .notEquals : .symbol("!")
        default:
            let end = rest.firstIndex { "(),=! \t\n\r".contains($0) } ?? rest.endIndex
            defer { rest = rest[end...] }
            return .word(String(rest[..<end]))
        }
    }
}
