import CEpoll
import Glibc

/// A non-blocking descriptor on a loop, with what is known of its readiness.
///
/// Registered edge-triggered: readiness stays set until a call returns EAGAIN. Whoever reads or writes by other means
/// (libcurl) must call `exhausted` then.
package final class Channel {
    package let descriptor: Int32
    package var readiness: Readiness { known }
    private var known: Readiness = []
    /// The parker to fail when the peer hangs up while nobody reads here.
    private var hangUpWatcher: Parker?
    /// Called when the peer hangs up while nobody waits: an idle connection is to be closed.
    package var whenHungUp: (() -> Void)?
    var slot: UInt32 = 0
    private var waiter: Parker?
    private var awaited: Readiness = []
    private var closesDescriptor: Bool
    private unowned let loop: EventLoop
    private var isClosed = false

    init(_ descriptor: Int32, closesDescriptor: Bool, loop: EventLoop) {
        self.descriptor = descriptor
        self.closesDescriptor = closesDescriptor
        self.loop = loop
    }

    /// The loop keeps a channel until it is closed: closing is explicit.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        hangUpWatcher = nil
        whenHungUp = nil
        loop.unregister(descriptor, slot: slot)
        if closesDescriptor { _ = Glibc.close(descriptor) }
    }

    /// Who opened the descriptor leaves it to the channel: from here on it is closed with it.
    package func ownDescriptor() { closesDescriptor = true }

    /// The peer will see a reset once the descriptor is closed, not the end of the stream; bytes on their way are lost.
    package func resetAtClose() {
        var option = Glibc.linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    package func exhausted(_ what: Readiness) { known.subtract(what) }

    /// Forgets what is known: somebody else (libcurl) used the descriptor, and no event may tell what was ready before. The next
    /// call will.
    package func mayBeReady() { known.formUnion([.readable, .writable]) }

    /// Only bytes that come from here on make the channel readable. After a hang-up it stays so: the end of the stream is
    /// still to be read, and no further event will tell.
    package func drained() {
        if !known.contains(.hungUp) { exhausted(.readable) }
    }

    /// From now on a hang-up of this peer ends the waits of `parker`; nil ends that. A peer that is gone already counts.
    package func watchHangUp(with parker: Parker?) {
        hangUpWatcher = parker
        if known.contains(.hungUp) { parker?.fail(.hungUp) }
    }

    func notify(_ ready: Readiness) {
        known.formUnion(ready)
        if ready.contains(.hungUp) {
            hangUpWatcher?.fail(.hungUp)
            whenHungUp?()
        }
        if let waiter, !awaited.isDisjoint(with: ready) {
            self.waiter = nil
            waiter.unpark()
        }
    }

    func park(_ parker: Parker, for wanted: Readiness) {
        waiter = parker
        awaited = wanted
    }

    func forget(_ parker: Parker) {
        if waiter === parker { waiter = nil }
    }

    // MARK: Reading and writing a plain socket

    /// Reads what is there into `space`.
    package func read(into space: UnsafeMutableRawBufferPointer) -> IOResult {
        while true {
            let count = unsafe krp_recv(descriptor, space.baseAddress, space.count)
            if count > 0 {
                // Fewer than asked for: that was all (epoll(7)). Asking again would cost a call for nothing.
                if count < space.count { drained() }
                return .moved(count)
            }
            if count == 0 { return .endOfStream }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed(SocketError(errno, during: .read)) }
            exhausted(.readable)
            return .wouldBlock
        }
    }

    /// Writes as much as the socket takes.
    /// - Parameter more: whether more follows at once, so that the kernel may wait to fill a segment.
    package func write(_ bytes: UnsafeRawBufferPointer, more: Bool = false) -> IOResult {
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let count = unsafe krp_send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return .moved(count) }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed(SocketError(errno, during: .write)) }
            exhausted(.writable)
            return .wouldBlock
        }
    }

    // MARK: Handing bytes on uncopied

    private func splice(_ from: Int32, _ to: Int32, atMost limit: Int, blockedBy missing: Readiness) -> IOResult {
        while true {
            let count = krp_splice(from, to, limit)
            if count > 0 { return .moved(count) }
            if count == 0 { return .endOfStream }
            if errno == EINTR { continue }
            guard errno == EAGAIN else {
                return .failed(SocketError(errno, during: missing == .readable ? .read : .write))
            }
            exhausted(missing)
            return .wouldBlock
        }
    }

    /// Moves what the socket has into a pipe that has room.
    func splice(to pipe: Int32, atMost limit: Int) -> IOResult {
        splice(descriptor, pipe, atMost: limit, blockedBy: .readable)
    }

    /// Moves what a pipe holds into the socket.
    func splice(from pipe: Int32, atMost limit: Int) -> IOResult {
        splice(pipe, descriptor, atMost: limit, blockedBy: .writable)
    }

    /// From now on fewer bytes than that make no event, unless nothing follows or the sender is held up. 1 ends it.
    package func wake(onlyFor bytes: Int) {
        var bytes = Int32(clamping: bytes)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// The outcome of one non-blocking call.
package enum IOResult {
    case moved(Int)
    case wouldBlock
    case endOfStream
    case failed(SocketError)
}
