import Yams

/// One document of a YAML or JSON file, as JSON: so that one reader serves both, and its errors still name the line of
/// the file.
struct TextDocument {
    let source: String
    let json: [UInt8]
    /// Where the document starts in `json`.
    let start: Int
    private let lines: Lines

    private enum Lines {
        /// `json` is the file itself.
        case same
        /// Translated from YAML: from this offset of `json` on, the line of the file. In order.
        case marks([(offset: Int, line: Int)])
    }

    var scanner: JSONScanner { JSONScanner(json, from: start) }

    func located(_ failure: JSONScanner.Failure) -> DocumentError {
        switch lines {
        case .same: return DocumentError(failure, in: source, text: json)
        case .marks(let marks):
            let line = marks.last { $0.offset <= failure.offset }?.line
            return DocumentError(source: source, line: line, path: failure.path, problem: failure.problem)
        }
    }
}

extension TextDocument {
    /// The documents of a file, without empty ones. A file that begins with `{` is JSON, one or more objects; any other
    /// is YAML.
    ///
    /// - Parameter expansionLimit: of the JSON that aliases in YAML may lead to, in bytes; four times the text come on top.
    static func documents(
        in text: [UInt8], source: String, expansionLimit: Int = 16 << 20
    ) throws(DocumentError) -> [TextDocument] {
        let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = text.starts(with: byteOrderMark) ? Array(text.dropFirst(byteOrderMark.count)) : text
        var scanner = JSONScanner(text)
        return scanner.peek() == UInt8(ascii: "{")
            ? try jsonDocuments(in: text, source: source)
            : try yamlDocuments(in: text, source: source, limit: expansionLimit + text.count * 4)
    }

    private static func jsonDocuments(in text: [UInt8], source: String) throws(DocumentError) -> [TextDocument] {
        var documents: [TextDocument] = []
        var scanner = JSONScanner(text)
        while scanner.peek() != nil {
            documents.append(TextDocument(source: source, json: text, start: scanner.position, lines: .same))
            do {
                try scanner.skip()
            } catch {
                throw DocumentError(error, in: source, text: text)
            }
        }
        return documents
    }

    private static func yamlDocuments(in text: [UInt8], source: String, limit: Int) throws(DocumentError)
        -> [TextDocument]
    {
        guard let yaml = String(validating: text, as: UTF8.self) else {
            throw DocumentError(source: source, problem: "not UTF-8 text: expected YAML or JSON in UTF-8")
        }
        var documents: [TextDocument] = []
        do {
            let parser = try Parser(yaml: yaml)
            while let root = try parser.nextRoot() {
                if root.tag == Tag(.null) || root.scalar?.string.isEmpty == true { continue }
                // Aliases repeat what they stand for; nested ones could fill the memory.
                var json = YAMLAsJSON(limit: limit)
                try json.append(root)
                documents.append(
                    TextDocument(source: source, json: json.bytes, start: 0, lines: .marks(json.marks)))
            }
        } catch let error as YAMLAsJSON.Failure {
            throw DocumentError(source: source, line: error.line, problem: error.problem)
        } catch let error as YamlError {
            throw DocumentError(error, in: source)
        } catch {
            throw DocumentError(source: source, problem: "malformed YAML")
        }
        return documents
    }
}

extension DocumentError {
    /// Yams' own description quotes the file, which may hold secrets.
    fileprivate init(_ error: YamlError, in source: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(source: source, line: mark.line, problem: "malformed YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
            self.init(
                source: source, line: context.mark.line, problem: "more than one key \(names): remove all but one")
        case .reader(let problem, _, _, _): self.init(source: source, problem: "malformed YAML: \(problem)")
        default: self.init(source: source, problem: "malformed YAML")
        }
    }
}
