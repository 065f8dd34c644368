package import EventLoop

/// Writing answers. Each way of writing returns when the socket, or what lies before it, has taken all.
extension DownstreamConnection {
    /// Writes the first `count` bytes of the buffer and consumes them.
    package func write(_ count: Int, of buffer: ByteBuffer) async throws(Interruption) {
        guard case .plain = carriage else {
            try await unsafe carry(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
            buffer.consume(count)
            return
        }
        var left = count
        while left > 0 {
            let written = unsafe channel.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<left]))
            let count = try await moved(written)
            buffer.consume(count)
            left -= count
        }
    }

    /// Writes an answer of our own after the exchange failed: what ended that must not end this.
    package func writeLast(_ bytes: [UInt8]) async throws(Interruption) {
        parker.reset()
        parker.setDeadline(loop.now + limits.headerTimeout)
        try await write(bytes)
    }

    /// Writes a whole small answer: head and body.
    package func write(_ bytes: [UInt8]) async throws(Interruption) {
        guard case .plain = carriage else {
            let copy = ByteBuffer(capacity: bytes.count)
            unsafe bytes.withUnsafeBytes { unsafe copy.append($0) }
            return try await write(bytes.count, of: copy)
        }
        var sent = 0
        while sent < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe channel.write(UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            sent += try await moved(written)
        }
    }

    /// - Parameter bytes: valid until this returns.
    package func write(_ bytes: UnsafeRawBufferPointer) async throws(Interruption) {
        guard case .plain = carriage else { return try await unsafe carry(bytes) }
        var sent = 0
        while sent < bytes.count {
            sent += try await moved(unsafe channel.write(UnsafeRawBufferPointer(rebasing: bytes[sent...])))
        }
    }

    /// Whether bytes go as they are: then they need not be looked at.
    package var takesSplicedBytes: Bool { if case .plain = carriage { true } else { false } }

    /// Writes all that the pipe holds.
    package func write(_ pipe: SplicePipe) async throws(Interruption) {
        while !pipe.isEmpty { _ = try await moved(pipe.drain(to: channel)) }
    }

    /// How many bytes went; waits where none did.
    private func moved(_ written: IOResult) async throws(Interruption) -> Int {
        switch written {
        case .moved(let count): return count
        case .wouldBlock:
            try await parker.wait(for: .writable, on: channel)
            return 0
        case .endOfStream, .failed: throw .hungUp
        }
    }
}
