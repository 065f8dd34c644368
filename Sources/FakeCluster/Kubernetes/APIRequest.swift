/// A request to the API server, taken out of whatever protocol brought it.
package struct APIRequest: Sendable {
    package var method: String
    /// Without the query.
    package var path: String
    package var query: [QueryItem]
    /// As it came.
    var rawQuery: String?
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
    /// The client certificate's user and groups, when one was verified.
    package var certificateUser: FakeUser?

    package struct QueryItem: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// - Parameter target: path and query in origin form, percent-encoded.
    package init(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = [],
        certificateUser: FakeUser? = nil
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = Self.decoded(parts[0])
        rawQuery = parts.count < 2 ? nil : String(parts[1])
        query =
            parts.count < 2
            ? []
            : parts[1].split(separator: "&").map { pair in
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return QueryItem(
                    name: Self.decoded(halves[0], plusIsSpace: true),
                    value: halves.count < 2 ? "" : Self.decoded(halves[1], plusIsSpace: true))
            }
        self.headers = headers
        self.body = body
        self.certificateUser = certificateUser
    }

    func first(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// Go's idea of true in a query parameter.
    func flag(_ name: String) -> Bool { ["1", "true", "t", "T", "TRUE", "True"].contains(first(name) ?? "") }

    private static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
