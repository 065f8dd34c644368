/// The API server's side of one HTTP/1.1 connection.
struct APIOverHTTP1 {
    let desk: APIDesk
    let connection: ServerConnection

    func serve() async throws(ConnectionEnd) {
        while var request = try await connection.readRequest(until: nil) {
            request.body = try await connection.readBody(of: request)
            desk.note(request)
            switch desk.answer(request, certificate: connection.peerCertificate) {
            case .response(let response): try await send(response, to: request)
            case .watch(let watch): try await stream(watch)
            case .nodeProxy(let proxy):
                let keeps = try await NodeProxyOverHTTP1(proxy: proxy, desk: desk, connection: connection).serve(
                    request)
                guard keeps else { return }
            }
            if request.asksToClose { break }
        }
    }

    private func send(_ response: APIResponse, to request: ReceivedRequest) async throws(ConnectionEnd) {
        if response.delay > 0 { try await connection.sleep(until: connection.now + response.delay) }
        let framing = response.isStreamed ? "Transfer-Encoding: chunked" : "Content-Length: \(response.body.count)"
        let fields = APIDesk.fields(contentType: response.contentType) + response.headers
        let head = Self.head(response.status, fields, framing)
        guard request.method != "HEAD" else { return try await connection.send(head) }
        var body = FramedBody(PiecedBytes([response.body]), chunkSize: response.isStreamed ? 32 * 1024 : nil)
        try await connection.send(head + body.next(64 * 1024))
        while case let block = body.next(64 * 1024), !block.isEmpty { try await connection.send(block) }
    }

    private static func head(_ status: Int, _ fields: [(name: String, value: String)], _ framing: String) -> [UInt8] {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array((StatusLine.text(status) + lines + framing + "\r\n\r\n").utf8)
    }

    /// A chunk for each event, sent as soon as it happened.
    private func stream(_ watch: WatchStream) async throws(ConnectionEnd) {
        desk.watchOpened()
        defer { desk.watchClosed() }
        var watch = watch
        let endings = desk.orders.endings
        try await connection.send(
            Self.head(200, APIDesk.fields(contentType: "application/json"), "Transfer-Encoding: chunked"))
        while true {
            // Orders first: what happened before an end was ordered is still sent.
            let orders = desk.orders
            var turn = WatchStream.Turn()
            if !orders.isSilent { turn = desk.withState { watch.turn($0, now: connection.now) } }
            for line in turn.lines {
                let size = String(line.count, radix: 16)
                try await connection.send(Array("\(size)\r\n".utf8) + line + Array("\r\n".utf8))
            }
            if turn.isOver { return try await end(as: .finished) }
            if orders.endings != endings, let ending = orders.ending { return try await end(as: ending) }
            // What changed during a send has not woken anybody.
            guard turn.lines.isEmpty else { continue }
            do throws(ConnectionEnd) {
                try await connection.waitForChange(until: turn.wakeAt)
            } catch .deadline {}
        }
    }

    private func end(as ending: WatchEnding) async throws(ConnectionEnd) {
        switch ending {
        case .finished: try await connection.send("0\r\n\r\n")
        case .cut:
            connection.close()
            throw .dropped
        case .reset:
            connection.reset()
            throw .dropped
        case .halfClosed:
            connection.halfClose()
            try await connection.waitForChange(until: nil)
        }
    }
}
