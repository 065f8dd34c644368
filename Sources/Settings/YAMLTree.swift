import Yams

/// A YAML document as the settings reader needs it: every node with its line, keys in the order of the file and
/// duplicate keys kept, so that each can be reported. Scalars are not resolved: what a scalar means depends on the
/// setting that it is for (as with Prometheus, `regex: 10` is a string).
struct YAMLTree {
    enum Content {
        /// No value at all, `~` or `null`: as if the key were not there, as in Prometheus.
        case null
        case scalar(Spelling)
        case list([YAMLTree])
        case section([Entry])
    }

    struct Entry {
        let key: String
        /// Where the key stands, from 1.
        let line: Int
        let value: YAMLTree
    }

    /// Where the value begins, from 1.
    let line: Int
    let content: Content
}

/// A scalar as it is written.
struct Spelling {
    let text: String
    /// Without quotes.
    let isPlain: Bool
}

struct YAMLSyntaxError: Error, Equatable {
    let line: Int?
    let message: String
}

extension YAMLTree {
    /// The document's root; nil for a file without a document.
    init?(parsing text: String) throws(YAMLSyntaxError) {
        var source = DuplicateKeySource(text)
        while true {
            do {
                // The basic resolver takes every scalar for a string: `10255` and `"10255"` are one key.
                guard let root = try Yams.compose(yaml: source.text, .basic, .default, .utf8) else { return nil }
                var budget = Self.largestDocument
                self = try Self(root, source: source, budget: &budget)
                return
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard source.tellApart(line: context.mark.line, column: context.mark.column) else {
                    let keys = keys.joined(separator: ", ")
                    throw YAMLSyntaxError(line: context.mark.line, message: "set twice: \(keys): remove one")
                }
            } catch let error as YAMLSyntaxError {
                throw error
            } catch {
                throw YAMLSyntaxError(error, text: source.text)
            }
        }
    }

    /// In nodes. Aliases of aliases could make a short file grow without end.
    private static let largestDocument = 100_000

    private static let knownTags = Set(
        [Tag.Name.implicit, .nonSpecific, .str, .int, .float, .bool, .null].map(\.rawValue))

    private init(_ node: Node, source: DuplicateKeySource, budget: inout Int) throws(YAMLSyntaxError) {
        line = node.mark?.line ?? 1
        budget -= 1
        guard budget > 0 else {
            throw YAMLSyntaxError(line: line, message: "over \(Self.largestDocument) values: use fewer aliases")
        }
        switch node {
        case .scalar(let scalar):
            let tag = scalar.tag.description
            guard Self.knownTags.contains(tag) else {
                throw YAMLSyntaxError(line: line, message: "the tag \(tag) is not supported: write the bare value")
            }
            let plain = scalar.style == .plain && tag != Tag.Name.str.rawValue
            let isNull = plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            content = isNull ? .null : .scalar(Spelling(text: scalar.string, isPlain: plain))
        case .sequence(let items):
            var list: [YAMLTree] = []
            for item in items { list.append(try YAMLTree(item, source: source, budget: &budget)) }
            content = .list(list)
        case .mapping(let pairs):
            var entries: [Entry] = []
            for (key, value) in pairs {
                let keyLine = key.mark?.line ?? line
                guard case .scalar(let scalar) = key else {
                    throw YAMLSyntaxError(line: keyLine, message: "a list or a section as a key: keys are words")
                }
                let value = try YAMLTree(value, source: source, budget: &budget)
                entries.append(Entry(key: source.original(scalar.string), line: keyLine, value: value))
            }
            content = .section(entries)
        case .alias:
            throw YAMLSyntaxError(line: line, message: "an alias without its anchor")
        }
    }
}

/// The text of a document, in which keys that stand twice in one section are told apart by a mark in front of the
/// first: Yams gives up at the first duplicate key, and we want to report all of them, and what else is wrong.
private struct DuplicateKeySource {
    private(set) var text: String
    private var marked = 0

    /// Private use characters, which no key of a configuration has.
    private static let fence: Unicode.Scalar = "\u{E0F8}"

    init(_ text: String) {
        self.text = text
    }

    /// Marks the key at this position (both from 1; columns count Unicode scalars). False: it can't be marked.
    mutating func tellApart(line: Int, column: Int) -> Bool {
        guard marked < 1000, var position = position(line: line, column: column) else { return false }
        let scalars = text.unicodeScalars
        switch scalars[position] {
        case "&", "*", "!", "?", "[", "{", "|", ">": return false
        case "\"", "'": scalars.formIndex(after: &position)
        default: break
        }
        marked += 1
        text.unicodeScalars.insert(
            contentsOf: "\(Self.fence)\(marked)\(Self.fence)".unicodeScalars, at: position)
        return true
    }

    /// The key without its mark.
    func original(_ key: String) -> String {
        guard key.unicodeScalars.first == Self.fence else { return key }
        let parts = key.unicodeScalars.split(separator: Self.fence, maxSplits: 2, omittingEmptySubsequences: false)
        return String(String.UnicodeScalarView(parts[parts.count - 1]))
    }

    private func position(line: Int, column: Int) -> String.Index? {
        let scalars = text.unicodeScalars
        var position = scalars.startIndex
        for _ in 1..<max(line, 1) {
            guard let end = scalars[position...].firstIndex(where: Self.isLineBreak) else { return nil }
            let next = scalars.index(after: end)
            let isPair = scalars[end] == "\r" && next < scalars.endIndex && scalars[next] == "\n"
            position = isPair ? scalars.index(after: next) : next
        }
        let found = scalars.index(position, offsetBy: column - 1, limitedBy: scalars.endIndex)
        return found == scalars.endIndex ? nil : found
    }

    /// What YAML 1.1 counts as a new line.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }
}

extension YAMLSyntaxError {
    fileprivate init(_ error: any Error, text: String) {
        guard let error = error as? YamlError else {
            self.init(line: nil, message: "\(error)")
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            // libyaml's context is a clause ("while parsing a block mapping"); its place may be far from the problem.
            let clause = context.map { " \($0.text) that begins in line \($0.mark.line)" } ?? ""
            self.init(line: mark.line, message: "not YAML: \(problem)\(clause)")
        case .composer(_, let problem, let mark, _):
            self.init(line: mark.line, message: "not one YAML document: \(problem)")
        case .reader(let problem, let offset, _, _):
            let line = offset.map { text.prefix($0).count { $0.isNewline } + 1 }
            self.init(line: line, message: "not YAML: \(problem)")
        default:
            self.init(line: nil, message: "not YAML: \(error)")
        }
    }
}
