/// A request as a fake server got it. Read with a reader of its own, simpler and laxer than the proxy's, so that a fault of
/// that one can't hide.
package struct ReceivedRequest: Hashable, Sendable {
    /// The head's bytes, the empty line included.
    package let head: String
    package let method: String
    /// As sent: path and query.
    package let target: String
    package let version: String
    package let fields: [Field]
    /// Which of the server's connections brought it, counted from 1.
    package let connection: Int
    /// The body, where there was one.
    package var body: [UInt8] = []

    package struct Field: Hashable, Sendable {
        /// As sent.
        package let name: String
        package let value: String

        /// Whatever the case of ASCII letters.
        func isNamed(_ other: String) -> Bool {
            guard name.utf8.count == other.utf8.count else { return false }
            return name.utf8.elementsEqual(other.utf8) { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && $0 | 0x20 >= 0x61) }
        }
    }

    /// The path without the query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// The first field of that name, whatever its case.
    package subscript(name: String) -> String? {
        fields.first { $0.isNamed(name) }?.value
    }

    /// Nil for bytes that are no request head.
    package init?(head bytes: [UInt8], connection: Int) {
        // By bytes: to a String, CR LF is one letter, and looking for it is slow.
        let lines = bytes.split(separator: 10).map { $0.last == 13 ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
        let words = lines.first?.split(separator: 32, omittingEmptySubsequences: false) ?? []
        guard words.count == 3, words[2].starts(with: Array("HTTP/".utf8)) else { return nil }
        head = String(decoding: bytes, as: UTF8.self)
        method = String(decoding: words[0], as: UTF8.self)
        target = String(decoding: words[1], as: UTF8.self)
        version = String(decoding: words[2], as: UTF8.self)
        fields = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            let value = line[colon...].dropFirst().drop { $0 == 32 }
            return Field(
                name: String(decoding: line[..<colon], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        }
        self.connection = connection
    }

    /// A request that came over HTTP/2, whose head is written as HTTP/1.1 would have it.
    init(method: String, target: String, version: String, fields: [Field], connection: Int, body: [UInt8]) {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        head = "\(method) \(target) \(version)\r\n\(lines)\r\n"
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.connection = connection
        self.body = body
    }

    var contentLength: Int { self["content-length"].flatMap { Int($0) } ?? 0 }
    var isChunked: Bool { self["transfer-encoding"]?.lowercased() == "chunked" }

    /// Whether the client wants the connection to end after the answer.
    var asksToClose: Bool {
        let connection = self["connection"]?.lowercased()
        return connection == "close" || (version == "HTTP/1.0" && connection != "keep-alive")
    }

    /// Whether a coding is offered with a weight above 0.
    func accepts(encoding: String) -> Bool {
        (self["accept-encoding"] ?? "").split(separator: ",").contains { offer in
            let parts = offer.lowercased().filter { $0 != " " }.split(separator: ";")
            return parts.first.map(String.init) == encoding && !parts.dropFirst().contains { $0 == "q=0" }
        }
    }
}
