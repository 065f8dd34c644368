import EventLoop
import HTTP
import HTTP2

/// A stream as the handler of a request sees it: it takes the answer's bytes as HTTP/1.1 has them, and turns the head into
/// fields and the body into DATA frames, without its framing. Bytes are taken out of the writer's own buffer, as the scraper's
/// windows let them through: a stream that stands still keeps nothing but that, and holds up no other.
@safe
final class HTTP2Stream: HTTP2Body {
    let id: Int32
    /// Ends the waits of the stream's task when the scraper gives the stream up.
    var watcher: Parker?
    /// The answer went out whole.
    private(set) var isComplete = false
    /// The scraper broke the stream off, or is gone.
    private(set) var isGone = false
    private unowned let connection: HTTP2Connection
    private let isHead: Bool
    /// Nil until the answer's head was written.
    private var framer: BodyFramer?
    /// The bytes that are being written: valid while `write` waits.
    private var bytes = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var position = 0
    /// Bytes of the body that the framer found and no frame has yet.
    private var run = 0..<0
    private var writer: Parker?

    init(_ id: Int32, isHead: Bool, on connection: HTTP2Connection) {
        self.id = id
        self.isHead = isHead
        self.connection = connection
    }

    /// Takes a part of the answer; the first one holds the whole head. Returns when all of it is in frames.
    func write(_ answer: UnsafeRawBufferPointer, waitingWith parker: Parker) async throws(Interruption) {
        guard !isGone else { throw .hungUp }
        unsafe bytes = unsafe answer
        (position, run) = (0, 0..<0)
        writer = parker
        defer {
            unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            writer = nil
        }
        if framer == nil { try begin() }
        connection.resume(id)
        while !isGone, !isComplete, isPending { try await parker.wait() }
        guard isComplete || !isGone else { throw .hungUp }
    }

    private var isPending: Bool { unsafe !run.isEmpty || position < bytes.count }

    /// Turns the head into fields.
    private func begin() throws(Interruption) {
        let head: ResponseHead
        do throws(HTTPError) {
            var scanner = HeadScanner()
            guard let length = try unsafe scanner.endOfHead(in: bytes, limit: .max) else {
                throw .headTooLarge(limit: 0)
            }
            head = try unsafe ResponseHead(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            framer = BodyFramer(try head.bodyFraming(toHead: isHead))
            position = length
        } catch { throw .hungUp }
        isComplete = framer?.isAtEnd != false
        connection.respond(self, HTTP2Fields(head), hasBody: !isComplete)
    }

    func read(into frame: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
        var count = 0
        while true {
            if run.isEmpty {
                // Looks behind the last byte too: the end goes out with it.
                let next: Range<Int>?
                do throws(HTTPError) { next = try unsafe framer?.nextData(in: bytes, from: &position) } catch {
                    return .broken
                }
                guard let next else { break }
                run = next
            }
            let length = min(run.count, frame.count - count)
            guard length > 0 else { break }
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[run.lowerBound..<run.lowerBound + length])
            unsafe UnsafeMutableRawBufferPointer(rebasing: frame[count..<count + length]).copyMemory(from: part)
            count += length
            run = run.lowerBound + length..<run.upperBound
        }
        isComplete = run.isEmpty && framer?.isAtEnd == true
        if isComplete || !isPending { writer?.unpark() }
        return count > 0 || isComplete ? .bytes(count, isLast: isComplete) : .nothingYet
    }

    /// The scraper wants no more of it.
    func breakOff(_ why: Interruption = .hungUp) {
        guard !isComplete else { return }
        if why == .hungUp { isGone = true }
        watcher?.fail(why)
        writer?.unpark()
    }
}

extension HTTP2Fields {
    /// An answer's fields without those that only HTTP/1.1 has (RFC 9113 section 8.2.2). There is no place for a reason phrase.
    fileprivate init(_ head: ResponseHead) {
        self.init()
        append(":status", "\(head.status)".utf8)
        for field in head.fields.fields {
            switch field.id {
            case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .te: continue
            default:
                append(
                    name: head.fields.bytes[field.name].lazy.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 },
                    value: head.fields.bytes[field.value])
            }
        }
    }
}
