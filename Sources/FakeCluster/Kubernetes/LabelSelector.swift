/// A label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
struct LabelSelector: Hashable {
    enum Requirement: Hashable {
        case isOneOf(String, [String])
        case isNoneOf(String, [String])
        case exists(String)
        case isAbsent(String)
    }

    let requirements: [Requirement]

    static let everything = LabelSelector(requirements: [])

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isOneOf(let key, let values): labels[key].map(values.contains) ?? false
            // As in Kubernetes, an object without the label matches too.
            case .isNoneOf(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }
}

extension LabelSelector {
    /// Nil for text that is no selector.
    init?(_ text: String) {
        var requirements: [Requirement] = []
        for term in Self.terms(of: text) {
            guard let requirement = Self.requirement(term) else { return nil }
            requirements.append(requirement)
        }
        self.init(requirements: requirements)
    }

    /// Splits at commas outside parentheses.
    private static func terms(of text: String) -> [Substring] {
        guard !text.isEmpty else { return [] }
        var terms: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                terms.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return terms + [text[start...]]
    }

    private static func requirement(_ term: Substring) -> Requirement? {
        if let set = term.firstMatch(of: /^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*$/) {
            let values = set.3.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
            guard isKey(String(set.1)) else { return nil }
            return set.2 == "in" ? .isOneOf(String(set.1), values) : .isNoneOf(String(set.1), values)
        }
        if let equality = term.firstMatch(of: /^\s*([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)\s*$/) {
            let (key, value) = (String(equality.1), String(equality.3))
            guard isKey(key) else { return nil }
            return equality.2 == "!=" ? .isNoneOf(key, [value]) : .isOneOf(key, [value])
        }
        let name = trimmed(term)
        if name.hasPrefix("!") {
            let key = trimmed(name.dropFirst())
            return isKey(key) ? .isAbsent(key) : nil
        }
        return isKey(name) ? .exists(name) : nil
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func isKey(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9_.\/-]*[A-Za-z0-9])?/) != nil
    }
}
