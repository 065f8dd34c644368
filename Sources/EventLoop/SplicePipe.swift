import CEpoll
import Glibc

/// A pipe through which the kernel hands bytes from one socket to another without copying them (splice(2)).
package final class SplicePipe {
    /// Bytes that it takes at most, about: it holds pages, some of which are not full.
    package static let size = 256 * 1024
    /// Bytes inside.
    package private(set) var count = 0
    private let exit: Int32
    private let entrance: Int32

    /// Nil: the process has no descriptors left for it.
    init?() {
        var ends: (exit: Int32, entrance: Int32) = (-1, -1)
        let result = unsafe withUnsafeMutableBytes(of: &ends) {
            unsafe krp_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self), Int32(Self.size))
        }
        guard result == 0 else { return nil }
        (exit, entrance) = ends
        guard !DescriptorReserve().forbids(max(exit, entrance)) else { return nil }
    }

    deinit {
        close(exit)
        close(entrance)
    }

    package var isEmpty: Bool { count == 0 }

    /// Takes what the channel's socket has. To be called only while the pipe is empty: a full one can't be told from a socket
    /// that has nothing.
    package func fill(from channel: Channel, atMost limit: Int) -> IOResult {
        precondition(isEmpty, "the pipe may be full")
        let result = channel.splice(to: entrance, atMost: limit)
        if case .moved(let moved) = result { count = moved }
        return result
    }

    /// Gives the channel's socket what it takes.
    package func drain(to channel: Channel) -> IOResult {
        let result = channel.splice(from: exit, atMost: count)
        if case .moved(let moved) = result { count -= moved }
        return result
    }
}

/// Pipes of a loop that are in nobody's use.
package final class SplicePipePool {
    private var idle: [SplicePipe] = []
    private static let kept = 16

    package func borrow() -> SplicePipe? { idle.popLast() ?? SplicePipe() }

    /// One that still holds bytes is of no use to others.
    package func giveBack(_ pipe: SplicePipe) {
        if pipe.isEmpty, idle.count < Self.kept { idle.append(pipe) }
    }
}
