/// One section of the file while its keys are read into values that hold their defaults.
final class SectionReader {
    let path: String
    let draft: SettingsDraft
    /// Where relative paths of files start: the folder of the configuration file, as in Prometheus.
    private let folder: String
    /// In the order of the file, each key once.
    let entries: [YAMLTree.Entry]
    private var known: [String] = []

    init(_ path: String, entries: [YAMLTree.Entry], folder: String, draft: SettingsDraft) {
        self.path = path
        self.draft = draft
        self.folder = folder
        var unique: [YAMLTree.Entry] = []
        var lines: [String: Int] = [:]
        for entry in entries {
            let key = Self.join(path, entry.key)
            if let first = lines[entry.key] {
                draft.refuse(key, line: entry.line, "set twice, first in line \(first): remove one")
            } else {
                lines[entry.key] = entry.line
                draft.note(key, line: entry.line)
                unique.append(entry)
            }
        }
        self.entries = unique
    }

    func key(_ name: String) -> String { Self.join(path, name) }

    func refuse(_ name: String, _ message: String) {
        draft.refuse(key(name), message)
    }

    /// Reads one scalar. A value that is wrong or not yet available leaves the default in place.
    /// Returns whether the key now has the file's value.
    @discardableResult
    func read<Value: Equatable>(_ name: String, into value: inout Value, as type: ScalarType<Value>) -> Bool {
        known.append(name)
        guard let spelling = scalar(name) else { return false }
        do throws(Mismatch) {
            let new = try type.parse(spelling)
            guard new == value || !draft.refuseIfUnavailable(key(name), spelled: spelling.text) else { return false }
            value = new
            return true
        } catch {
            refuse(name, error.message)
            return false
        }
    }

    /// Reads the path of a file that must be there; an empty one is none.
    func readFile(_ name: String, into value: inout String?) {
        var given = value
        guard read(name, into: &given, as: .optionalText), let given else { return }
        let path = given.hasPrefix("/") || folder.isEmpty ? given : "\(folder)/\(given)"
        if let problem = FileCheck.problem(with: path) {
            refuse(name, problem)
        } else {
            value = path
        }
    }

    /// Reads a section; its keys that nobody asked for are unknown.
    func section(_ name: String, _ read: (SectionReader) -> Void) {
        known.append(name)
        guard let value = value(name), !isUnavailable(name, value) else { return }
        section(value, at: key(name), read)
    }

    /// Reads a list of sections.
    func sections(_ name: String, _ read: (SectionReader) -> Void) {
        for (index, item) in (list(name) ?? []).enumerated() {
            let key = "\(key(name))[\(index)]"
            draft.note(key, line: item.line)
            if case .null = item.content {
                draft.refuse(key, "an empty item: remove it")
            } else {
                section(item, at: key, read)
            }
        }
    }

    /// The items of a list of words, nil where it is absent or no such list.
    func words(_ name: String) -> [String]? {
        guard let items = list(name) else { return nil }
        var words: [String] = []
        for (index, item) in items.enumerated() {
            let key = "\(key(name))[\(index)]"
            draft.note(key, line: item.line)
            guard case .scalar(let spelling) = item.content else {
                draft.refuse(key, "\(item.kind), expected one value")
                return nil
            }
            words.append(spelling.text)
        }
        return words
    }

    /// Refuses a file that is of no use without another.
    func refuseAlone(_ name: String, _ file: String?, _ other: String, _ otherFile: String?) {
        guard (file == nil) != (otherFile == nil) else { return }
        let (given, missing) = file == nil ? (other, name) : (name, other)
        draft.refuse(together: [key(given), key(missing)], "set without \(missing): set both or neither")
    }

    func isNull(_ name: String) -> Bool {
        if case .null = value(name)?.content { true } else { false }
    }

    /// Whether the section has this key, whatever its value.
    func has(_ name: String) -> Bool {
        known.append(name)
        return value(name) != nil
    }

    /// The key's value as it is written; nothing at all counts as an empty text.
    func scalar(_ name: String) -> Spelling? {
        guard let value = value(name) else { return nil }
        if case .null = value.content { return Spelling(text: "", isPlain: true) }
        guard case .scalar(let spelling) = value.content else {
            refuse(name, "\(value.kind), expected one value")
            return nil
        }
        return spelling
    }

    private func list(_ name: String) -> [YAMLTree]? {
        known.append(name)
        guard let value = value(name), !isUnavailable(name, value) else { return nil }
        switch value.content {
        case .null: return nil
        case .list(let items): return items
        default:
            refuse(name, "\(value.kind), expected a list: begin each item with \"- \"")
            return nil
        }
    }

    private func section(_ value: YAMLTree, at path: String, _ read: (SectionReader) -> Void) {
        switch value.content {
        case .null: return
        case .section(let entries):
            let section = SectionReader(path, entries: entries, folder: folder, draft: draft)
            read(section)
            section.refuseUnknownKeys()
        default:
            draft.refuse(path, "\(value.kind), expected a section of keys with their values")
        }
    }

    private func value(_ name: String) -> YAMLTree? {
        entries.first { $0.key == name }?.value
    }

    /// Whether a list or section that is not empty is refused because its behaviour is still to come.
    private func isUnavailable(_ name: String, _ value: YAMLTree) -> Bool {
        !value.isEmpty && draft.refuseIfUnavailable(key(name), spelled: value.kind)
    }

    func refuseUnknownKeys() {
        for entry in entries where !known.contains(entry.key) {
            let remedy =
                if entry.key == "<<" {
                    "YAML's merge keys are not supported: repeat the keys"
                } else if let near = Spelled.nearest(to: entry.key, among: known) {
                    "unknown key, did you mean \(near)?"
                } else {
                    "unknown key: known here are \(known.joined(separator: ", "))"
                }
            draft.refuse(key(entry.key), line: entry.line, remedy)
        }
    }

    private static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }
}

extension YAMLTree {
    var isEmpty: Bool {
        switch content {
        case .null: true
        case .scalar: false
        case .list(let items): items.isEmpty
        case .section(let entries): entries.isEmpty
        }
    }

    /// For messages about a value of the wrong kind.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar(let spelling): "\"\(spelling.text)\""
        case .list: "a list"
        case .section: "a section"
        }
    }
}
