/// The token to show, read again when its file changes.
struct BearerToken {
    private enum Origin {
        case fixed(Secret?)
        case file(String)
    }

    private let origin: Origin
    private var last: (stamp: FileStamp, token: Secret)?

    init(_ credential: KubernetesAccess.Credential) {
        origin =
            switch credential {
            case .token(let token): .fixed(token)
            case .tokenFile(let path): .file(path)
            case .none, .password: .fixed(nil)
            }
    }

    /// Nil where there is none to show. A file that can't be read any more leaves the token it held.
    mutating func current() throws(DocumentError) -> Secret? {
        switch origin {
        case .fixed(let token): return token
        case .file(let path):
            guard let stamp = FileStamp(path: path) else {
                if let last { return last.token }
                throw DocumentError(source: path, problem: "can't be read: no token to show to the API server")
            }
            if let last, last.stamp == stamp { return last.token }
            let contents = try FileContents(path: path, limit: 1 << 20)
            let text = contents.bytes.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()
            guard !text.isEmpty, text.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw DocumentError(source: path, problem: "holds no token: expected one line of visible ASCII")
            }
            let token = Secret(Array(text))
            last = (contents.stamp, token)
            return token
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
}
