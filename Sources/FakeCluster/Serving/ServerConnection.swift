import EventLoop
import Glibc
import TLS

/// Why a connection of a fake server ended.
enum ConnectionEnd: Error {
    /// The peer closed it, or broke off.
    case peerGone
    /// The server is being stopped, or drops its connections.
    case dropped
    case deadline
    /// Something changed on the server while it waited to read.
    case woken
    case tls(TLSError)
}

/// What a listener offers by TLS.
struct TLSOffer {
    var context: TLSServerContext
    /// nil: the context's own.
    var certificate: TLSCertificate?
}

/// One connection that a fake server accepted, plain or TLS, seen as bytes. It belongs to one task on the loop.
final class ServerConnection {
    let number: Int
    private let channel: Channel
    private let parker: Parker
    private let loop: EventLoop
    private let tls: TLSServerSession?
    private var input: [UInt8] = []
    /// Set by `wake`, and cleared when `readOrWake` has told it.
    private var hasNews = false
    private var isDropped = false
    private var isReadingOrWaking = false

    init(_ socket: AcceptedSocket, number: Int, tls: TLSOffer?, on loop: EventLoop) throws {
        self.number = number
        self.loop = loop
        do {
            self.tls = try tls.map { try TLSServerSession($0.context, presenting: $0.certificate) }
            channel = try loop.channel(adopting: socket.descriptor)
        } catch {
            _ = Glibc.close(socket.descriptor)
            throw error
        }
        parker = Parker(loop)
    }

    var negotiatedProtocol: String? { tls?.negotiatedProtocol }
    var peerCertificate: [UInt8]? { tls?.peerCertificate }

    // MARK: Ends

    /// Ends whatever its task waits for; from the server that owns it.
    func drop() {
        isDropped = true
        parker.fail(.cancelled)
    }

    /// Says that nothing follows, and closes.
    func finish() async {
        if let tls {
            tls.close()
            try? await sendPending()
        }
        close()
    }

    /// Closes without a close_notify: TLS peers see a truncation, plain ones an end.
    func close() { channel.close() }

    /// Ends with a RST.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            channel.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        channel.close()
    }

    /// Sends a FIN and nothing else: the peer can still send, and hears nothing.
    func halfClose() { _ = shutdown(channel.descriptor, Int32(SHUT_WR)) }

    // MARK: Waiting

    var now: UInt64 { loop.now }

    /// Waits until `drop`, the peer's end, or the moment given.
    func sleep(until moment: UInt64) async throws(ConnectionEnd) {
        do throws(ConnectionEnd) {
            try await waitForChange(until: moment)
        } catch .deadline {}
    }

    /// Waits until `wake`, a deadline (which it throws), or an end.
    func waitForChange(until moment: UInt64?) async throws(ConnectionEnd) {
        if let moment { parker.setDeadline(moment) }
        channel.watchHangUp(with: parker)
        defer {
            channel.watchHangUp(with: nil)
            parker.clearDeadline()
        }
        do throws(Interruption) {
            try await parker.wait()
        } catch {
            throw end(error)
        }
    }

    func wake() {
        hasNews = true
        parker.unpark()
    }

    private func end(_ interruption: Interruption) -> ConnectionEnd {
        // A drop in the moment of a deadline: the parker knows the first of them only.
        if isDropped { return .dropped }
        switch interruption {
        case .deadline:
            parker.reset()
            return .deadline
        case .hungUp: return .peerGone
        case .cancelled: return .dropped
        }
    }

    private func wait(for readiness: Readiness) async throws(ConnectionEnd) {
        do throws(Interruption) {
            try await parker.wait(for: readiness, on: channel)
        } catch {
            throw end(error)
        }
    }

    // MARK: Reading

    func handshake() async throws(ConnectionEnd) {
        guard let tls else { return }
        do {
            while try !tls.handshake() {
                try await sendPending()
                try await receiveRecords(tls)
            }
            try await sendPending()
        } catch let error as TLSError {
            // The alert that says why.
            try await sendPending()
            throw .tls(error)
        } catch let error as ConnectionEnd {
            throw error
        } catch {
            throw .peerGone
        }
    }

    /// Reads a request head; nil when the peer closed, or stayed silent until the deadline, between requests.
    func readRequest(until deadline: UInt64?) async throws(ConnectionEnd) -> ReceivedRequest? {
        if let deadline { parker.setDeadline(deadline) }
        defer { parker.clearDeadline() }
        while true {
            if let end = Self.endOfHead(in: input) {
                let head = Array(input[..<end])
                input.removeFirst(end)
                return ReceivedRequest(head: head, connection: number)
            }
            guard input.count < 1 << 20, try await readMore() else { return nil }
        }
    }

    /// Behind the empty line.
    private static func endOfHead(in input: [UInt8]) -> Int? {
        guard input.count >= 4 else { return nil }
        for position in 3..<input.count
        where input[position] == 10 && input[position - 1] == 13 && input[position - 2] == 10
            && input[position - 3] == 13
        {
            return position + 1
        }
        return nil
    }

    /// Reads a request's body by its Content-Length or chunks.
    func readBody(of request: ReceivedRequest) async throws(ConnectionEnd) -> [UInt8] {
        guard request.isChunked else { return try await readExactly(request.contentLength) }
        var body: [UInt8] = []
        while true {
            while !input.contains(10) { guard try await readMore() else { throw .peerGone } }
            let line = input.prefix { $0 != 10 }
            input.removeFirst(line.count + 1)
            let size = Int(String(decoding: line.prefix { $0 != 13 && $0 != 59 }, as: UTF8.self), radix: 16) ?? 0
            body += try await readExactly(size)
            _ = try await readExactly(2)
            if size == 0 { return body }
        }
    }

    private func readExactly(_ count: Int) async throws(ConnectionEnd) -> [UInt8] {
        while input.count < count { guard try await readMore() else { throw .peerGone } }
        defer { input.removeFirst(count) }
        return Array(input.prefix(count))
    }

    /// The next bytes; nil when woken, or at the moment given, before any came.
    func readOrWake(until moment: UInt64?) async throws(ConnectionEnd) -> [UInt8]? {
        if let moment { parker.setDeadline(moment) }
        defer { parker.clearDeadline() }
        isReadingOrWaking = true
        defer { isReadingOrWaking = false }
        do throws(ConnectionEnd) {
            guard try await readMore() else { throw .peerGone }
        } catch {
            switch error {
            case .deadline: return nil
            case .woken:
                hasNews = false
                return nil
            default: throw error
            }
        }
        defer { input = [] }
        return input
    }

    /// Appends to the input; false at the end of the stream.
    private func readMore() async throws(ConnectionEnd) -> Bool {
        guard let tls else {
            guard let bytes = try await receive() else { return false }
            input += bytes
            return true
        }
        while true {
            let outcome: TLSReadOutcome
            do throws(TLSError) {
                outcome = try decrypt(tls)
            } catch {
                try await sendPending()
                if error == .truncated { return false }
                throw .tls(error)
            }
            switch outcome {
            case .bytes: return true
            case .closed: return false
            case .wantsInput:
                try await sendPending()
                try await receiveRecords(tls)
            }
        }
    }

    private func decrypt(_ tls: TLSServerSession) throws(TLSError) -> TLSReadOutcome {
        var plain = [UInt8](repeating: 0, count: 16 * 1024)
        var bytes = plain.mutableSpan
        let outcome = try tls.read(into: &bytes)
        if case .bytes(let count) = outcome { input += plain[..<count] }
        return outcome
    }

    private func receiveRecords(_ tls: TLSServerSession) async throws(ConnectionEnd) {
        guard let records = try await receive() else {
            tls.receiveEnd()
            return
        }
        tls.receive(records.span)
    }

    /// What the socket has; nil at its end. No buffer is kept while it has nothing: thousands of connections are idle.
    private func receive() async throws(ConnectionEnd) -> [UInt8]? {
        while true {
            var bytes: [UInt8] = []
            let result = unsafe withUnsafeTemporaryAllocation(byteCount: 32 * 1024, alignment: 16) { block in
                let result = unsafe channel.read(into: block)
                if case .moved(let count) = result { unsafe bytes.append(contentsOf: block[..<count]) }
                return result
            }
            switch result {
            case .moved: return bytes
            case .endOfStream: return nil
            case .failed: throw .peerGone
            case .wouldBlock:
                if isReadingOrWaking, hasNews { throw .woken }
                try await wait(for: .readable)
            }
        }
    }

    // MARK: Writing

    /// Sends all of it, as fast as the peer takes it.
    func send(_ bytes: [UInt8]) async throws(ConnectionEnd) { try await send(bytes[...]) }

    func send(_ text: String) async throws(ConnectionEnd) { try await send(Array(text.utf8)) }

    func send(_ bytes: ArraySlice<UInt8>) async throws(ConnectionEnd) {
        guard let tls else { return try await sendRaw(bytes) }
        var rest = bytes
        while !rest.isEmpty {
            // A record at a time: the session keeps room for the most that was ever encrypted and not yet sent.
            let piece = rest.prefix(16 * 1024)
            do throws(TLSError) {
                try tls.write(piece.span)
            } catch {
                throw .tls(error)
            }
            try await sendPending()
            rest = rest.dropFirst(piece.count)
        }
    }

    private func sendPending() async throws(ConnectionEnd) {
        guard let tls, tls.pendingOutput > 0 else { return }
        var records = [UInt8](repeating: 0, count: tls.pendingOutput)
        var bytes = records.mutableSpan
        let count = tls.takeOutput(into: &bytes)
        try await sendRaw(records[..<count])
    }

    private func sendRaw(_ bytes: ArraySlice<UInt8>) async throws(ConnectionEnd) {
        var rest = bytes
        while !rest.isEmpty {
            let result = unsafe rest.withUnsafeBytes { unsafe channel.write($0) }
            switch result {
            case .moved(let count): rest = rest.dropFirst(count)
            case .endOfStream, .failed: throw .peerGone
            case .wouldBlock: try await wait(for: .writable)
            }
        }
    }
}
