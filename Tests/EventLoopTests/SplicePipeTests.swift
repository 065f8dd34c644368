import Glibc
import Testing

@testable import EventLoop

@Suite("Bytes that go through a pipe uncopied") struct SplicePipeTests {
    /// A socket of the loop's, and its peer.
    private struct Pair {
        let channel: Channel
        let peer: Int32

        init(on loop: EventLoop) throws {
            var ends: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            unsafe socketpair(AF_UNIX, kind, 0, &ends)
            channel = try loop.channel(adopting: ends[0])
            peer = ends[1]
        }

        func close() {
            channel.close()
            Glibc.close(peer)
        }
    }

    private func send(_ count: Int, to descriptor: Int32) -> Int {
        let bytes = [UInt8](repeating: 7, count: count)
        return unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private func received(from descriptor: Int32) -> Int {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private func isBlocked(_ result: IOResult) -> Bool { if case .wouldBlock = result { true } else { false } }

    @Test("They come out as they went in, no more than asked for, and then it blocks")
    func moves() throws {
        let loop = try EventLoop(LoopExecutor())
        let (source, sink) = (try Pair(on: loop), try Pair(on: loop))
        defer {
            source.close()
            sink.close()
        }
        let pipe = try #require(loop.pipes.borrow())
        #expect(isBlocked(pipe.fill(from: source.channel, atMost: 100)))
        #expect(send(3_000, to: source.peer) == 3_000)
        guard case .moved(2_000) = pipe.fill(from: source.channel, atMost: 2_000) else {
            Issue.record("not 2,000 bytes")
            return
        }
        #expect(pipe.count == 2_000 && !pipe.isEmpty)
        guard case .moved(2_000) = pipe.drain(to: sink.channel) else {
            Issue.record("not 2,000 bytes")
            return
        }
        #expect(pipe.isEmpty)
        #expect(received(from: sink.peer) == 2_000)
        guard case .moved(1_000) = pipe.fill(from: source.channel, atMost: 2_000) else {
            Issue.record("not 1,000 bytes")
            return
        }
        #expect(!source.channel.readiness.contains(.readable))
    }

    @Test("A sink that takes nothing blocks it, and is asked again later")
    func blocks() throws {
        let loop = try EventLoop(LoopExecutor())
        let (source, sink) = (try Pair(on: loop), try Pair(on: loop))
        defer {
            source.close()
            sink.close()
        }
        while send(4_096, to: sink.channel.descriptor) > 0 {}
        let pipe = try #require(loop.pipes.borrow())
        #expect(send(1_000, to: source.peer) == 1_000)
        _ = pipe.fill(from: source.channel, atMost: 1_000)
        #expect(isBlocked(pipe.drain(to: sink.channel)))
        #expect(pipe.count == 1_000)
        while received(from: sink.peer) > 0 {}
        guard case .moved(1_000) = pipe.drain(to: sink.channel) else {
            Issue.record("not 1,000 bytes")
            return
        }
        #expect(received(from: sink.peer) == 1_000)
    }

    @Test("The end of the source is told, and a pipe that still holds bytes is nobody else's")
    func ends() throws {
        let loop = try EventLoop(LoopExecutor())
        let source = try Pair(on: loop)
        defer { source.close() }
        let pipe = try #require(loop.pipes.borrow())
        #expect(send(10, to: source.peer) == 10)
        shutdown(source.peer, Int32(SHUT_WR))
        _ = pipe.fill(from: source.channel, atMost: 100)
        loop.pipes.giveBack(pipe)
        let other = try #require(loop.pipes.borrow())
        #expect(other !== pipe)
        guard case .endOfStream = other.fill(from: source.channel, atMost: 100) else {
            Issue.record("no end")
            return
        }
        loop.pipes.giveBack(other)
        #expect(loop.pipes.borrow() === other)
    }
}
