import HTTP

/// Reads a connection's bytes as the proxy does, one message after another, from pieces of any size, and notes all that
/// was understood: whatever the pieces, it must be the same.
struct MessageReader {
    enum Side {
        /// Reads requests.
        case server
        /// Reads answers to GET.
        case client
    }

    enum Event: Equatable, CustomStringConvertible {
        /// First line, fields and framing.
        case head(String)
        /// A whole body without its framing, and how many bytes it took with it.
        case body([UInt8], took: Int)
        /// A body that was not at its end.
        case cutBody([UInt8])
        case refused(HTTPError)
        /// Bytes that are no whole head.
        case cutHead(Int)
        /// The rules of the reader itself were broken.
        case contradiction(String)

        var description: String {
            switch self {
            case .head(let text): "head \(text)"
            case .body(let data, let took): "body \(data.count) bytes in \(took)"
            case .cutBody(let data): "cut body \(data.count) bytes"
            case .refused(let error): "refused \(error.text)"
            case .cutHead(let count): "cut head \(count) bytes"
            case .contradiction(let text): "contradiction \(text)"
            }
        }
    }

    private let side: Side
    private let limit: Int
    private(set) var events: [Event] = []
    /// Bytes that came and belong to nothing yet.
    private var waiting: [UInt8] = []
    private var scanner = HeadScanner()
    private var body: Body?
    private var isRefused = false

    private struct Body {
        /// Two framers that follow the same body: one counts, the other takes the bytes out.
        var counting: BodyFramer
        var taking: BodyFramer
        var data: [UInt8] = []
        var took = 0
    }

    init(as side: Side, limit: Int = 4_096) {
        self.side = side
        self.limit = limit
    }

    /// All that is understood of `bytes` when they arrive in pieces that end at `cuts`, ascending.
    static func events(
        of bytes: [UInt8], cutAt cuts: [Int] = [], as side: Side, limit: Int = 4_096
    ) -> [Event] {
        var reader = MessageReader(as: side, limit: limit)
        var start = 0
        for end in cuts + [bytes.count] {
            reader.take(bytes[start..<end])
            start = end
        }
        return reader.finished()
    }

    mutating func take(_ piece: ArraySlice<UInt8>) {
        guard !isRefused else { return }
        waiting += piece
        do throws(HTTPError) {
            while try step() {}
        } catch {
            events.append(.refused(error))
            isRefused = true
        }
    }

    func finished() -> [Event] {
        guard !isRefused else { return events }
        if let body { return events + [.cutBody(body.data)] }
        return waiting.isEmpty ? events : events + [.cutHead(waiting.count)]
    }

    /// - Returns: whether there may be more to do with the bytes at hand.
    private mutating func step() throws(HTTPError) -> Bool {
        guard var body else { return try takeHead() }
        try follow(&body)
        guard body.counting.isAtEnd else {
            self.body = body
            return false
        }
        events.append(.body(body.data, took: body.took))
        self.body = nil
        return true
    }

    private mutating func takeHead() throws(HTTPError) -> Bool {
        let (bytes, limit) = (Bytes(waiting), limit)
        let end = try unsafe bytes.read { bytes throws(HTTPError) in
            try unsafe scanner.endOfHead(in: bytes, limit: limit)
        }
        guard let end else { return false }
        let (text, framing) = try side == .server ? request(end) : response(end)
        scanner = HeadScanner()
        waiting.removeFirst(end)
        events.append(.head(text))
        if let counting = BodyFramer(framing) { body = Body(counting: counting, taking: counting) }
        return true
    }

    private func request(_ end: Int) throws(HTTPError) -> (String, BodyFraming) {
        let head = try unsafe Bytes(Array(waiting[..<end])).read { bytes throws(HTTPError) in
            try unsafe RequestHead(bytes)
        }
        let target = try describe(RequestTarget(head))
        let framing = try head.bodyFraming()
        return ("\(head.method) \(target) \(list(head.fields)) \(framing) \(head.keepsAlive)", framing)
    }

    private func describe(_ target: RequestTarget) throws(HTTPError) -> String {
        switch try target.resolvingOwnPath() {
        case .node(let node, let resource): return "\(node) \(resource.path) \(resource.query ?? "-")"
        case .discovery(let resource): return "discovery \(resource.query ?? "-")"
        case .absolute(let host, let port, let resource):
            let (values, rest) = try resource.removing(["node", "node_uid"])
            return "\(host):\(port) \(resource.path) \(values) \(rest ?? "-")"
        case .authority(let host, let port): return "\(host):\(port)"
        case .origin(let resource): return "\(resource.path) \(resource.query ?? "-")"
        }
    }

    private func response(_ end: Int) throws(HTTPError) -> (String, BodyFraming) {
        let head = try unsafe Bytes(Array(waiting[..<end])).read { bytes throws(HTTPError) in
            try unsafe ResponseHead(bytes)
        }
        let framing = try head.bodyFraming(toHead: false)
        return ("\(head.status) \(head.reasonPhrase) \(list(head.fields)) \(framing) \(head.keepsAlive)", framing)
    }

    private func list(_ fields: HeaderFields) -> [String] {
        fields.fields.map { field in
            let named = fields.isNamedByConnection(field) ? "!" : ""
            return "\(named)\(fields.text(field.name)):\(fields.text(field.value))"
        }
    }

    private mutating func follow(_ body: inout Body) throws(HTTPError) {
        let bytes = Bytes(waiting)
        let counted = try unsafe bytes.read { bytes throws(HTTPError) in
            try unsafe body.counting.advance(over: bytes)
        }
        var position = 0
        while position < bytes.array.count, !body.taking.isAtEnd {
            let run = try unsafe bytes.read { bytes throws(HTTPError) in
                try unsafe body.taking.nextData(in: bytes, from: &position)
            }
            if let run { body.data += bytes.array[run] }
        }
        if counted != position || body.counting.isAtEnd != body.taking.isAtEnd {
            events.append(.contradiction("one framer is at \(counted), the other at \(position)"))
        }
        body.took += counted
        waiting.removeFirst(counted)
    }
}
