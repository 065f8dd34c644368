import EventLoop
import HTTP
import HTTP2
import TLS

/// An HTTP/2 connection inside TLS: one task reads it and waits for it, one task a stream answers. All are on one loop, so they
/// take turns; whoever has something to send sends it himself, and the connection's task waits where the socket is full.
final class HTTP2Connection {
    private let carrier: DownstreamConnection
    private let tls: TLSTransport
    private let session: HTTP2ServerSession
    private let loop: EventLoop
    private let limits: DownstreamConnection.Limits
    private let handler: any RequestHandler
    private let startTask: (@escaping () async -> Void) -> Void
    private var streams: [Int32: HTTP2Stream] = [:]
    /// Streams whose tasks run, those that were broken off among them.
    private var tasks = 0
    private var isBlocked = false
    private var failure: HTTP2Error?
    private var quietSince: UInt64
    private var isDraining = false
    /// Reads after which a connection that always has bytes lets the others have their turn.
    private static let readsInARow = 4
    /// Frames that may wait for a peer that does not read; past that nothing more is read from it.
    private static let maximumQueue = 1_000

    /// - Parameter startTask: starts a task on the loop.
    init(
        _ carrier: DownstreamConnection, over tls: TLSTransport, on loop: EventLoop, handler: any RequestHandler,
        startTask: @escaping (@escaping () async -> Void) -> Void
    ) throws(HTTP2Error) {
        limits = carrier.limits
        var sessionLimits = HTTP2Limits()
        sessionLimits.headerListSize = limits.headerSize
        session = try HTTP2ServerSession(sessionLimits, now: loop.now)
        quietSince = loop.now
        self.carrier = carrier
        self.tls = tls
        self.loop = loop
        self.handler = handler
        self.startTask = startTask
    }

    /// The connection's whole life.
    ///
    /// - Returns: why it was ended, where the scraper is to blame.
    func run() async -> HTTP2Error? {
        carrier.parker.reset()
        do throws(Interruption) {
            try await serve()
        } catch {
            // Whoever drains gives those that are left a last moment.
            if error == .cancelled { await cutStreams() }
        }
        if let failure {
            _ = try? unsafe session.farewell(failure.code).withUnsafeBytes { try unsafe tls.encrypt($0) }
            _ = tls.flush()
        } else {
            session.refuseFurtherStreams()
            flush()
        }
        for stream in streams.values { stream.breakOff() }
        while tasks > 0 {
            carrier.parker.reset()
            do throws(Interruption) { try await carrier.parker.wait() } catch { continue }
        }
        return failure
    }

    /// Takes no further streams; returns from `run` when those that are open have ended.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        session.refuseFurtherStreams()
        flush()
        carrier.parker.unpark()
    }

    // MARK: Reading

    private func serve() async throws(Interruption) {
        var reads = 0
        while true {
            flush()
            guard failure == nil else { return }
            // Past its own end, libnghttp2 sends nothing more of any stream.
            if !isBlocked, session.isOver || (isDraining && tasks == 0) { return }
            if isBlocked, session.queuedFrames > Self.maximumQueue {
                try await carrier.parker.wait(for: .writable, on: carrier.channel)
                continue
            }
            switch read() {
            case .moved:
                reads += 1
                if reads % Self.readsInARow == 0 { await Task.yield() }
            case .endOfStream, .failed: throw .hungUp
            case .wouldBlock: try await wait()
            }
        }
    }

    private func wait() async throws(Interruption) {
        let headDeadline = session.waitsForRequestSince.map { $0 + limits.headerTimeout }
        let idleDeadline = tasks == 0 ? quietSince + limits.idleTimeout : .max
        let deadline = min(headDeadline ?? .max, idleDeadline)
        if deadline < .max { carrier.parker.setDeadline(deadline) } else { carrier.parker.clearDeadline() }
        do throws(Interruption) {
            try await carrier.parker.wait(for: isBlocked ? [.readable, .writable] : .readable, on: carrier.channel)
        } catch {
            guard error == .deadline, let headDeadline, headDeadline <= loop.now else { throw error }
            carrier.parker.reset()
            do throws(HTTP2Error) {
                try session.giveUpRequests(begunBefore: loop.now - limits.headerTimeout + 1)
            } catch { failure = error }
        }
    }

    private func read() -> IOResult {
        let buffer = loop.buffers.borrow()
        defer { loop.buffers.giveBack(buffer) }
        let result = unsafe tls.read(into: buffer.freeSpace)
        guard case .moved(let count) = result else { return result }
        buffer.filled(count)
        do throws(HTTP2Error) {
            for event in try unsafe session.receive(buffer.bytes, now: loop.now) {
                switch event {
                case .request(let request): start(request)
                case .closed(let stream): streams[stream]?.breakOff()
                }
            }
        } catch { failure = error }
        return result
    }

    private func start(_ request: HTTP2Request) {
        let head: Result<RequestHead, HTTPError>
        do throws(HTTPError) {
            head = .success(try RequestHead(request, limits))
        } catch { head = .failure(error) }
        let isHead = if case .success(let head) = head { head.method == .head } else { false }
        let stream = HTTP2Stream(request.stream, isHead: isHead, on: self)
        streams[request.stream] = stream
        tasks += 1
        let downstream = DownstreamConnection(stream, of: carrier)
        startTask { [self] in
            switch head {
            case .success(let head): _ = await handler.answer(head, to: downstream)
            case .failure(let error): await handler.refuse(error, to: downstream)
            }
            end(stream, isAbandoned: request.isBodyTooLarge || request.isHeadTooLarge)
        }
    }

    // MARK: Streams

    func respond(_ stream: HTTP2Stream, _ fields: HTTP2Fields, hasBody: Bool) {
        session.respond(stream.id, fields, body: hasBody ? stream : nil)
    }

    /// The stream has something to send.
    func resume(_ stream: Int32) {
        session.resume(stream)
        let wasBlocked = isBlocked
        flush()
        if isBlocked != wasBlocked || failure != nil { carrier.parker.unpark() }
    }

    /// - Parameter isAbandoned: more of the request may be on its way, and nobody reads it.
    private func end(_ stream: HTTP2Stream, isAbandoned: Bool) {
        // A cut answer must not be taken for a whole one.
        if !stream.isGone {
            if !stream.isComplete {
                session.reset(stream.id, .internalError)
            } else if isAbandoned {
                session.reset(stream.id, .noError)
            }
        }
        streams[stream.id] = nil
        tasks -= 1
        quietSince = loop.now
        flush()
        carrier.parker.unpark()
    }

    /// What is left when the time to drain is over.
    private func cutStreams() async {
        drain()
        for stream in streams.values { stream.breakOff(.cancelled) }
        carrier.parker.reset()
        let deadline = loop.now + 1_000
        while tasks > 0 || isBlocked, failure == nil {
            carrier.parker.setDeadline(deadline)
            do throws(Interruption) {
                if isBlocked {
                    try await carrier.parker.wait(for: .writable, on: carrier.channel)
                } else {
                    try await carrier.parker.wait()
                }
            } catch { return }
            flush()
        }
    }

    // MARK: Writing

    /// Sends what there is to send, as far as the windows and the socket take it.
    private func flush() {
        while true {
            var isDrained = false
            while tls.hasRoom, failure == nil, !isDrained {
                do throws(HTTP2Error) {
                    isDrained = try unsafe !session.takeOutput { frame in
                        let taken = unsafe try? tls.encrypt(frame)
                        if taken != frame.count { failure = .brokenTLS }
                    }
                } catch { failure = error }
            }
            switch tls.flush() {
            case .moved:
                isBlocked = false
                if isDrained || failure != nil { return }
            case .wouldBlock:
                isBlocked = true
                return
            case .endOfStream, .failed:
                // The connection's task finds the same when it reads.
                isBlocked = false
                return
            }
        }
    }
}

extension RequestHead {
    fileprivate init(_ request: HTTP2Request, _ limits: DownstreamConnection.Limits) throws(HTTPError) {
        guard !request.isHeadTooLarge else { throw .headTooLarge(limit: limits.headerSize) }
        var translation = HTTP2HeadTranslation()
        let bytes = request.fields.bytes.span
        for field in request.fields.fields {
            try translation.add(name: bytes.extracting(field.name), value: bytes.extracting(field.value))
        }
        self = try translation.head(hasBody: request.isBodyTooLarge)
    }
}

extension HTTP2Error {
    fileprivate static let brokenTLS = HTTP2Error(code: .internalError, reason: "TLS failed")
}
