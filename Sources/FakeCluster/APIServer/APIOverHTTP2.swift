import HTTP2

/// The API server's side of one HTTP/2 connection: many requests and watches at a time, one task.
struct APIOverHTTP2 {
    let desk: APIDesk
    let connection: ServerConnection

    private struct OpenWatch {
        var watch: WatchStream
        let endings: Int
    }

    private struct DelayedResponse {
        let stream: Int32
        let response: APIResponse
        let dueAt: UInt64
    }

    func serve() async throws(ConnectionEnd) {
        do throws(HTTP2Error) {
            try await serve(QueuedAnswers())
        } catch {
            throw .peerGone
        }
    }

    private func serve(_ session: QueuedAnswers) async throws(HTTP2Error) {
        var watches: [Int32: OpenWatch] = [:]
        var delayed: [DelayedResponse] = []
        defer { for _ in watches { desk.watchClosed() } }
        do throws(ConnectionEnd) {
            while !session.isOver {
                var wakeAt = sendDue(&delayed, on: session)
                wakeAt = min(wakeAt, try await advance(&watches, on: session))
                try await connection.send(output(of: session))
                guard let bytes = try await connection.readOrWake(until: wakeAt == .max ? nil : wakeAt) else {
                    continue
                }
                for request in try receive(bytes, session) {
                    begin(request, on: session, &watches, &delayed)
                }
            }
        } catch {
            return
        }
    }

    private func output(of session: QueuedAnswers) throws(ConnectionEnd) -> [UInt8] {
        do throws(HTTP2Error) { return try session.takeOutput() } catch { throw .peerGone }
    }

    private func receive(_ bytes: [UInt8], _ session: QueuedAnswers) throws(ConnectionEnd)
        -> [HTTP2Request]
    {
        do throws(HTTP2Error) { return try session.receive(bytes) } catch { throw .peerGone }
    }

    private func begin(
        _ request: HTTP2Request, on session: QueuedAnswers, _ watches: inout [Int32: OpenWatch],
        _ delayed: inout [DelayedResponse]
    ) {
        let received = ReceivedRequest(request, connection: connection.number)
        desk.note(received)
        switch desk.answer(received, certificate: connection.peerCertificate) {
        case .response(let response):
            delayed.append(
                DelayedResponse(stream: request.stream, response: response, dueAt: connection.now + response.delay))
        case .nodeProxy:
            // Whoever wants to see a kubelet's answer byte for byte asks over HTTP/1.1.
            let response = APIResponse.text("The fake node proxy speaks HTTP/1.1.\n", status: 501)
            delayed.append(DelayedResponse(stream: request.stream, response: response, dueAt: connection.now))
        case .watch(let watch):
            desk.watchOpened()
            watches[request.stream] = OpenWatch(watch: watch, endings: desk.orders.endings)
            session.respond(
                request.stream, status: 200, fields: APIDesk.fields(contentType: "application/json"))
        }
    }

    /// Sends the responses whose time has come, and returns when the next one is due.
    private func sendDue(_ delayed: inout [DelayedResponse], on session: QueuedAnswers) -> UInt64 {
        for item in delayed where item.dueAt <= connection.now {
            let response = item.response
            var fields = APIDesk.fields(contentType: response.contentType) + response.headers
            if !response.isStreamed { fields.append(("Content-Length", "\(response.body.count)")) }
            session.respond(item.stream, status: response.status, fields: fields)
            session.append(response.body, to: item.stream)
            session.finish(item.stream)
        }
        delayed.removeAll { $0.dueAt <= connection.now }
        return delayed.map(\.dueAt).min() ?? .max
    }

    /// Sends what happened to whom it concerns, and returns when to look again.
    private func advance(_ watches: inout [Int32: OpenWatch], on session: QueuedAnswers)
        async throws(ConnectionEnd) -> UInt64
    {
        let orders = desk.orders
        var wakeAt = UInt64.max
        for stream in watches.keys.sorted() {
            guard var open = watches[stream], session.isOpen(stream) else {
                watches[stream] = nil
                desk.watchClosed()
                continue
            }
            var turn = WatchStream.Turn()
            if !orders.isSilent { turn = desk.withState { open.watch.turn($0, now: connection.now) } }
            for line in turn.lines { session.append(line, to: stream) }
            watches[stream] = open
            wakeAt = min(wakeAt, turn.wakeAt ?? .max)
            let ending = turn.isOver ? .finished : orders.endings == open.endings ? nil : orders.ending
            if let ending {
                watches[stream] = nil
                desk.watchClosed()
                try await end(stream, as: ending, on: session)
            }
        }
        return wakeAt
    }

    private func end(_ stream: Int32, as ending: WatchEnding, on session: QueuedAnswers)
        async throws(ConnectionEnd)
    {
        switch ending {
        case .finished: session.finish(stream)
        case .reset: session.reset(stream)
        case .cut:
            try await connection.send(output(of: session))
            throw .dropped
        case .halfClosed:
            connection.halfClose()
            try await connection.waitForChange(until: nil)
        }
    }
}

extension ReceivedRequest {
    fileprivate init(_ request: HTTP2Request, connection: Int) {
        var fields = request.fields.fields.map {
            Field(name: request.fields.text($0.name), value: request.fields.text($0.value))
        }
        func pseudo(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }
        let (method, target) = (pseudo(":method"), pseudo(":path"))
        fields.removeAll { $0.name.hasPrefix(":") }
        self.init(
            method: method, target: target, version: "HTTP/2", fields: fields, connection: connection,
            body: request.body)
    }
}
