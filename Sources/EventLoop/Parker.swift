/// Why a wait ended other than by readiness.
package enum Interruption: Error, Equatable {
    /// The deadline passed.
    case deadline
    /// The watched peer went away.
    case hungUp
    /// Whoever owns the work gave it up: shutdown, or a verdict that changed.
    case cancelled
}

/// Where a connection's task waits: for a descriptor, and at the same time for everything that may end the wait early.
/// One a task, reused for all its requests.
@safe package final class Parker {
    private let loop: EventLoop
    private var continuation: UnsafeContinuation<Void, Never>?
    /// An unpark that came before the task was parked: between asking to wait and waiting lies a trip through the executor.
    private var isUnparked = false
    package private(set) var interruption: Interruption?
    private var timer: Timer?
    private var deadline = UInt64.max

    package init(_ loop: EventLoop) { self.loop = loop }

    /// Waits until the channel is ready for any of `wanted`; returns at once if it is known to be.
    package func wait(for wanted: Readiness, on channel: Channel) async throws(Interruption) {
        if let interruption { throw interruption }
        guard channel.readiness.isDisjoint(with: wanted) else { return }
        isUnparked = false
        channel.park(self, for: wanted)
        // What `park` does: a call would be one more function to come back to, and each of them looks which thread it is on.
        unsafe await withUnsafeContinuation { unsafe take($0) }
        channel.forget(self)
        if let interruption { throw interruption }
    }

    /// Waits until one of two channels is ready for any of what is wanted of it; of neither may nothing be wanted.
    package func wait(
        for wanted: Readiness, on channel: Channel, or otherWanted: Readiness, on other: Channel
    ) async throws(Interruption) {
        if let interruption { throw interruption }
        guard channel.readiness.isDisjoint(with: wanted), other.readiness.isDisjoint(with: otherWanted) else { return }
        isUnparked = false
        channel.park(self, for: wanted)
        other.park(self, for: otherWanted)
        await park()
        channel.forget(self)
        other.forget(self)
        if let interruption { throw interruption }
    }

    /// Waits until `unpark` or an interruption: for work that ends by a callback. An unpark since the last wait counts.
    package func wait() async throws(Interruption) {
        if let interruption { throw interruption }
        await park()
        isUnparked = false
        if let interruption { throw interruption }
    }

    private func park() async {
        unsafe await withUnsafeContinuation { unsafe take($0) }
    }

    private func take(_ parked: UnsafeContinuation<Void, Never>) {
        if isUnparked || interruption != nil {
            unsafe parked.resume()
        } else {
            unsafe continuation = parked
        }
    }

    package func unpark() {
        guard let parked = unsafe continuation else {
            isUnparked = true
            return
        }
        unsafe continuation = nil
        unsafe parked.resume()
    }

    /// Ends this wait and all that follow, until `reset`.
    package func fail(_ why: Interruption) {
        if interruption == nil { interruption = why }
        unpark()
    }

    /// Forgets an interruption and the deadline: the next request starts afresh.
    package func reset() {
        interruption = nil
        deadline = .max
    }

    /// Sets the moment, in the loop's milliseconds, at which waiting ends with `.deadline`. It may be moved as often as one
    /// likes: the timer is only touched when it would fire too late, and looks again when it fires early.
    package func setDeadline(_ moment: UInt64) {
        deadline = moment
        if let timer, timer.isScheduled, timer.deadline <= moment { return }
        schedule()
    }

    package func clearDeadline() { deadline = .max }

    private func schedule() {
        let timer = timer ?? Timer { [unowned self] in self.timerFired() }
        self.timer = timer
        loop.timers.schedule(timer, at: deadline)
    }

    private func timerFired() {
        guard deadline != .max else { return }
        if deadline <= loop.now { fail(.deadline) } else { schedule() }
    }

    deinit { timer?.cancel() }
}
