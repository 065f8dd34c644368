import EventLoop
package import HTTP

/// Reading requests: they come in one after another, and pipelined ones wait in the buffer until their turn.
extension DownstreamConnection {
    /// Waits for the next request's head.
    package func nextRequest() async throws(DownstreamError) -> RequestHead {
        isIdle = true
        defer { isIdle = false }
        parker.reset()
        channel.watchHangUp(with: nil)
        try await waitForFirstBytes()
        parker.setDeadline(loop.now + limits.headerTimeout)
        var scanner = HeadScanner()
        var mayBeginEmpty = true
        // The buffer may be another one after each `fill`.
        while let buffer {
            if mayBeginEmpty, dropLeadingLineBreak(buffer) { mayBeginEmpty = false }
            do throws(HTTPError) {
                if let length = try unsafe scanner.endOfHead(in: buffer.bytes, limit: limits.headerSize) {
                    return try take(length, from: buffer)
                }
            } catch { throw .refused(error) }
            try await fill()
        }
        throw .gone
    }

    /// Whether bytes of a further request are here already.
    var isPipelined: Bool { buffer != nil }

    /// A channel counts as readable until a read finds nothing: only bytes that came are a request's beginning.
    private func waitForFirstBytes() async throws(DownstreamError) {
        guard buffer == nil else { return }
        parker.setDeadline(loop.now + limits.idleTimeout)
        // What was decrypted already makes no channel readable.
        var readsAtOnce = encryption != nil
        while buffer == nil {
            if !readsAtOnce { try await waitUntilReadable(orThrow: .gone) }
            readsAtOnce = false
            let fresh = loop.smallBuffers.borrow()
            let result = unsafe read(into: fresh.freeSpace)
            if case .moved(let count) = result {
                fresh.filled(count)
                buffer = fresh
                return
            }
            loop.smallBuffers.giveBack(fresh)
            guard case .wouldBlock = result else { throw .gone }
        }
    }

    private func take(_ length: Int, from buffer: ByteBuffer) throws(HTTPError) -> RequestHead {
        let head = try unsafe RequestHead(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length]))
        buffer.consume(length)
        if buffer.isEmpty {
            loop.smallBuffers.giveBack(buffer)
            self.buffer = nil
        }
        parker.clearDeadline()
        return head
    }

    /// One empty line before a request is to be ignored (RFC 9112 section 2.2).
    private func dropLeadingLineBreak(_ buffer: ByteBuffer) -> Bool {
        guard buffer.count >= 2, unsafe buffer.bytes[0] == 0x0d, unsafe buffer.bytes[1] == 0x0a else { return false }
        buffer.consume(2)
        return true
    }

    private func fill() async throws(DownstreamError) {
        guard var buffer else { return }
        if buffer.space == 0 { buffer.compact() }
        if buffer.space == 0 {
            let larger = ByteBuffer(capacity: min(buffer.capacity * 2, limits.headerSize + 1))
            unsafe larger.append(buffer.bytes)
            buffer = larger
            self.buffer = larger
        }
        while true {
            switch unsafe read(into: buffer.freeSpace) {
            case .moved(let count):
                buffer.filled(count)
                return
            case .endOfStream, .failed: throw .gone
            case .wouldBlock: try await waitUntilReadable(orThrow: buffer.isEmpty ? .gone : .headerTimeout)
            }
        }
    }

    private func read(into space: UnsafeMutableRawBufferPointer) -> IOResult {
        guard let encryption else { return unsafe channel.read(into: space) }
        return unsafe encryption.read(into: space)
    }

    private func waitUntilReadable(orThrow timeout: DownstreamError) async throws(DownstreamError) {
        do throws(Interruption) {
            try await parker.wait(for: .readable, on: channel)
        } catch {
            switch error {
            case .deadline: throw timeout
            case .hungUp: throw .gone
            case .cancelled: throw .cancelled
            }
        }
    }
}
