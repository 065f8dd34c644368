import Addressing
import Connections
import EventLoop
import HTTP

/// A whole answer.
struct HTTPAnswer {
    var status: Int
    var reason: String
    var isGzip: Bool
    var body: [UInt8]
}

struct ExchangeFailure: Error {
    let text: String

    init(_ text: String) { self.text = text }

    init(_ error: ConnectionError) {
        text =
            switch error {
            case .unreachable(let message), .broken(let message): message
            case .connectTimeout(let milliseconds): "no connection within \(milliseconds) ms"
            case .interrupted: "timeout"
            }
    }
}

/// One request and its answer, over kept connections where there are any.
struct HTTPExchange {
    let loop: EventLoop
    let pool: ConnectionPool
    let parker: Parker

    private static let maximumHead = 64 * 1024
    /// Prometheus' dialler waits as long as the scrape does: the parker's deadline ends it.
    private static let connectTimeout: UInt64 = 60_000

    /// A kept connection that turns out dead before any byte of an answer is replaced by a fresh one, as Go's client does.
    func get(
        _ request: [UInt8], from address: SocketAddress, tls: TLSCredentials?, through tunnel: SocketAddress? = nil
    ) async throws(ExchangeFailure) -> HTTPAnswer {
        if let kept = pool.take(address, isTLS: tls != nil, owner: "") {
            if let answer = try await attempt(request, over: kept, mayBeDead: true) { return answer }
        }
        let fresh: UpstreamConnection
        do throws(ConnectionError) {
            fresh = try await UpstreamConnection.dial(
                address, tls: tls, through: tunnel, owner: "", timeout: Self.connectTimeout, on: loop,
                waitingWith: parker)
        } catch { throw ExchangeFailure(error) }
        guard let answer = try await attempt(request, over: fresh, mayBeDead: false) else {
            throw ExchangeFailure("the connection was closed without an answer")
        }
        return answer
    }

    private func attempt(
        _ request: [UInt8], over connection: UpstreamConnection, mayBeDead: Bool
    ) async throws(ExchangeFailure) -> HTTPAnswer? {
        let buffer = loop.buffers.borrow()
        defer { loop.buffers.giveBack(buffer) }
        do throws(ConnectionError) {
            try await connection.send(request: request, waitingWith: parker)
            let head = try await readHead(buffer, connection)
            let answer = try await readBody(head, buffer, connection)
            if head.keepsAlive, buffer.isEmpty { pool.giveBack(connection) } else { connection.close() }
            return answer
        } catch {
            connection.close()
            if mayBeDead, buffer.end == 0, case .broken = error { return nil }
            throw ExchangeFailure(error)
        }
    }

    private func readHead(
        _ buffer: ByteBuffer, _ connection: UpstreamConnection
    ) async throws(ConnectionError) -> ResponseHead {
        var scanner = HeadScanner()
        while true {
            guard try await connection.fill(buffer, waitingWith: parker) > 0 else {
                throw .broken("the connection was closed inside the head of the answer")
            }
            do throws(HTTPError) {
                if let length = try unsafe scanner.endOfHead(in: buffer.bytes, limit: Self.maximumHead) {
                    let head = try unsafe ResponseHead(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length]))
                    buffer.consume(length)
                    return head
                }
            } catch { throw .broken(error.text) }
        }
    }

    private func readBody(
        _ head: ResponseHead, _ buffer: ByteBuffer, _ connection: UpstreamConnection
    ) async throws(ConnectionError) -> HTTPAnswer {
        var answer = HTTPAnswer(
            status: head.status, reason: head.reasonPhrase, isGzip: head.fields.first(.contentEncoding) == "gzip",
            body: [])
        var framer = try framer(of: head)
        while true {
            let taken = try take(buffer, &framer, into: &answer.body)
            buffer.consume(taken)
            if framer.isAtEnd { return answer }
            buffer.clear()
            guard try await connection.fill(buffer, waitingWith: parker) > 0 else {
                throw .broken("short answer: the connection was closed inside the body")
            }
        }
    }

    private func framer(of head: ResponseHead) throws(ConnectionError) -> BodyFramer {
        do throws(HTTPError) {
            guard let framer = BodyFramer(try head.bodyFraming(toHead: false)) else {
                throw .malformed("the answer tells no length")
            }
            return framer
        } catch { throw .broken(error.text) }
    }

    /// - Returns: how many of the buffer's bytes belonged to the body, its framing included.
    private func take(
        _ buffer: ByteBuffer, _ framer: inout BodyFramer, into body: inout [UInt8]
    ) throws(ConnectionError) -> Int {
        var position = 0
        do throws(HTTPError) {
            while true {
                let before = position
                if let run = try unsafe framer.nextData(in: buffer.bytes, from: &position) {
                    unsafe body.append(contentsOf: buffer.bytes[run])
                } else if position == before || position == buffer.count {
                    return position
                }
            }
        } catch { throw .broken(error.text) }
    }
}
