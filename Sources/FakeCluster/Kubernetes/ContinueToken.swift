import FoundationEssentials

/// Where a list in pages goes on. The text is the real server's: base64url of a small JSON object.
struct ContinueToken: Hashable {
    /// The revision of the first page; -1 after that one expired: go on with what there is now.
    var revision: Int
    /// The last name of the page before.
    var after: String

    private struct Wire: Codable {
        var v: String
        var rv: Int
        var start: String
    }

    var text: String {
        let json = "{\"v\":\"meta.k8s.io/v1\",\"rv\":\(revision),\"start\":\"/\(after)\\u0000\"}"
        return Data(json.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    init(revision: Int, after: String) {
        self.revision = revision
        self.after = after
    }

    init?(_ text: String) {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding),
            let wire = try? JSONDecoder().decode(Wire.self, from: data), wire.v == "meta.k8s.io/v1"
        else { return nil }
        revision = wire.rv
        after = String(wire.start.drop { $0 == "/" }.prefix { $0 != "\0" })
    }
}
