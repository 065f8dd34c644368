import Fuzzing

@testable import Relabeling

/// What holds for every regular expression that loads.
enum RegexpProperties {
    static func check(_ example: RelabelCase) {
        let texts = Set(Array(example.labels.keys) + Array(example.labels.values) + example.patterns + ["", "\n"])
        for pattern in example.patterns {
            guard let regexp = try? RelabelRegexp(pattern) else { continue }
            let byEngine = engineOnly(pattern, regexp)
            for text in texts { check(regexp, byEngine, text) }
        }
    }

    private static func check(_ regexp: RelabelRegexp, _ byEngine: RelabelRegexp?, _ text: String) {
        let context = { "\(regexp.pattern.debugDescription) on \(text.debugDescription)" }
        let matches = regexp.matches(text)
        let groups = regexp.groups(in: text)
        require(matches == (groups != nil), "\(context()): \(matches), groups \(groups as Any)")
        if let groups, regexp.isAnchored { require(groups[0] == text, "\(context()): part of it, \(groups)") }
        for group in regexp.wholeGroups where groups != nil && regexp.isAnchored {
            require(groups?[group] == text, "\(context()): group \(group) of \(groups as Any)")
        }
        if matches, regexp.isAnchored {
            let begins = regexp.prefixes.contains { Array(text.utf8).starts(with: $0) }
            require(begins, "\(context()): none of \(regexp.prefixes)")
        }
        guard let byEngine else { return }
        let expected = byEngine.groups(in: text)
        require(byEngine.matches(text) == matches, "\(context()): \(matches), unlike RE2")
        require(groups == expected, "\(context()): \(groups as Any) instead of \(expected as Any)")
    }

    /// The same with an alternative that never matches, which takes the engine; nil where it can't be made.
    private static func engineOnly(_ pattern: String, _ regexp: RelabelRegexp) -> RelabelRegexp? {
        // What breaks out of its parentheses, like `)|(`, would be another expression.
        var parser = RegexpParser(pattern)
        guard (try? parser.parse()) != nil, regexp.isAnchored,
            let other = try? RelabelRegexp("(?:\(pattern))|[^\\x00-\\x{10FFFF}]"),
            other.isAnchored, other.groupNames.count == regexp.groupNames.count
        else { return nil }
        require(other.branches == nil, "the engine is not asked")
        return other
    }
}
