/// A media type with its parameters (RFC 9110 8.3.1), read as strictly as Go's mime.ParseMediaType.
struct MediaType: Equatable {
    /// `type/subtype` in lower case.
    let essence: String

    init?(_ text: String) {
        var rest = Substring(text)
        let head = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(head.count)
        essence = MediaType.trimmed(head).lowercased()
        let parts = essence.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy(MediaType.isToken) else { return nil }
        var names: [String: String] = [:]
        while !rest.isEmpty {
            rest = MediaType.trimmed(rest.dropFirst())
            if rest.isEmpty { return }  // a trailing semicolon
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            let key = MediaType.trimmed(name).lowercased()
            rest = rest.dropFirst(name.count)
            guard MediaType.isToken(key[...]), rest.first == "=" else { return nil }
            rest = MediaType.trimmed(rest.dropFirst())
            guard let value = MediaType.takeValue(&rest) else { return nil }
            if let earlier = names.updateValue(value, forKey: key), earlier != value { return nil }
            rest = MediaType.trimmed(rest)
            guard rest.isEmpty || rest.first == ";" else { return nil }
        }
    }

    private static func takeValue(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(value.count)
            return isToken(value) ? String(value) : nil
        }
        var value = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// RFC 9110 5.6.2.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`",
                    "|", "~":
                    true
                default: false
                }
            }
    }
}
