import CEpoll
import Glibc

/// One epoll instance, its channels, listeners and timers. Everything on it belongs to one thread; see `LoopActor`.
@safe package final class EventLoop {
    package let executor: LoopExecutor
    package let timers: TimerWheel
    package let buffers = BufferPool()
    package let smallBuffers = BufferPool(of: BufferPool.smallBufferSize)
    package let pipes = SplicePipePool()
    private let epoll: Int32
    private var reserve = DescriptorReserve()
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private let events: UnsafeMutableBufferPointer<epoll_event>
    private var forNextTurn: [() -> Void] = []

    /// What an event belongs to. The generation tells an event for a closed descriptor from one for its successor in the
    /// same slot, within one batch.
    private struct Slot {
        var generation: UInt32 = 0
        var target: Target?
    }

    private enum Target {
        case channel(Channel)
        case listener(Listener)
    }

    private static let wakeupToken = UInt64.max

    /// - Parameter tick: of its timers, in milliseconds.
    package init(_ executor: LoopExecutor, tick: UInt64 = 16) throws(SocketError) {
        self.executor = executor
        timers = TimerWheel(now: Self.monotonicMilliseconds(), tick: tick)
        if let failure = executor.failure { throw failure }
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SocketError(errno, during: .poll) }
        unsafe events = .allocate(capacity: 512)
        unsafe events.initialize(repeating: epoll_event())
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeupToken))
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, executor.wakeup, &event) == 0 else {
            throw SocketError(errno, during: .poll)
        }
    }

    deinit {
        close(epoll)
        unsafe events.deallocate()
    }

    /// Milliseconds of the monotonic clock, read once a turn.
    package var now: UInt64 { timers.now }

    // MARK: Registration

    /// Takes a connected, non-blocking descriptor over: registered once, edge-triggered, for all events. Closed with the channel.
    package func channel(adopting descriptor: Int32, closesDescriptor: Bool = true) throws(SocketError) -> Channel {
        guard !reserve.forbids(descriptor) else { throw SocketError(EMFILE, during: .socket) }
        let channel = Channel(descriptor, closesDescriptor: closesDescriptor, loop: self)
        try register(descriptor, .channel(channel), EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue) {
            channel.slot = $0
        }
        return channel
    }

    /// Calls `accept` on the loop's thread for each connection.
    package func listen(
        on socket: any AcceptingSocket, accept: @escaping (AcceptedSocket) -> Void,
        report: @escaping (AcceptTrouble) -> Void = { _ in }
    ) throws(SocketError) -> Listener {
        let listener = Listener(socket, loop: self, accept: accept, report: report)
        // Level-triggered: a listener that runs out of descriptors is asked again.
        try register(socket.descriptor, .listener(listener), EPOLLIN.rawValue, edgeTriggered: false) {
            listener.slot = $0
        }
        return listener
    }

    /// Nil: a connection may be accepted.
    var acceptTrouble: SocketError? {
        reserve.isAllThatIsLeft(copying: epoll) ? SocketError(EMFILE, during: .accept) : nil
    }

    func noteAccepted(_ descriptor: Int32) { reserve.note(descriptor) }

    /// Changes what a level-triggered descriptor is watched for; 0: nothing.
    func watch(_ descriptor: Int32, slot: UInt32, for interest: UInt32) {
        var event = unsafe epoll_event(events: interest, data: epoll_data_t(u64: token(of: slot)))
        _ = unsafe epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    private func token(of slot: UInt32) -> UInt64 { UInt64(slots[Int(slot)].generation) << 32 | UInt64(slot) }

    private func register(
        _ descriptor: Int32, _ target: Target, _ interest: UInt32, edgeTriggered: Bool = true, assign: (UInt32) -> Void
    ) throws(SocketError) {
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
        } else {
            index = UInt32(slots.count)
            slots.append(Slot())
        }
        slots[Int(index)].target = target
        let flags = interest | (edgeTriggered ? EPOLLET.rawValue : 0)
        var event = unsafe epoll_event(events: flags, data: epoll_data_t(u64: token(of: index)))
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            let failure = SocketError(errno, during: .poll)
            slots[Int(index)].target = nil
            free.append(index)
            throw failure
        }
        assign(index)
    }

    func unregister(_ descriptor: Int32, slot: UInt32) {
        var unused = unsafe epoll_event()
        _ = unsafe epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &unused)
        slots[Int(slot)].target = nil
        slots[Int(slot)].generation &+= 1
        free.append(slot)
    }

    // MARK: Turning

    /// Calls it in the next turn, after that turn's events were handed over. The loop doesn't sleep before.
    package func inNextTurn(_ work: @escaping () -> Void) { forNextTurn.append(work) }

    /// One turn: waits for events, hands them to their channels, fires due timers.
    func turn() {
        let due = forNextTurn
        forNextTurn.removeAll(keepingCapacity: true)
        let mayBlock = due.isEmpty && executor.prepareToSleep()
        let timeout = mayBlock ? timers.millisecondsToNext.map { Int32(clamping: $0) } ?? -1 : 0
        let count = unsafe epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)
        if mayBlock { executor.awoke() }
        timers.advance(to: Self.monotonicMilliseconds())
        deliver(count)
        for work in due { work() }
    }

    private func deliver(_ count: Int32) {
        guard count > 0 else { return }
        for position in 0..<Int(count) {
            let event = unsafe events[position]
            let token = unsafe event.data.u64
            if token == Self.wakeupToken {
                executor.clearWakeup()
                continue
            }
            deliver(unsafe event.events, to: token)
        }
    }

    private func deliver(_ bits: UInt32, to token: UInt64) {
        let slot = slots[Int(token & 0xffff_ffff)]
        guard slot.generation == UInt32(token >> 32) else { return }
        switch slot.target {
        case .channel(let channel): channel.notify(Readiness(epoll: bits))
        case .listener(let listener): listener.acceptAll()
        case nil: break
        }
    }

    package static func monotonicMilliseconds() -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
