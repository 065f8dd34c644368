/// A moment at which something is called, once. Owned by whoever waits; scheduling it again moves it.
package final class Timer {
    fileprivate(set) var deadline: UInt64 = .max
    fileprivate var next: Timer?
    fileprivate unowned(unsafe) var previous: Timer?
    /// Nil: it is not scheduled. No weak reference, which makes each retain and release of the wheel a slow one.
    fileprivate unowned(unsafe) var wheel: TimerWheel?
    fileprivate var slot = 0
    private let action: () -> Void

    package init(_ action: @escaping () -> Void) { self.action = action }

    package var isScheduled: Bool { unsafe wheel != nil }

    package func cancel() { unsafe wheel?.remove(self) }

    fileprivate func fire() { action() }
}

/// A hashed timer wheel (Varghese and Lauck, 1987): scheduling and cancelling cost the same however many timers there are.
/// A timer fires up to a tick late and never early.
package final class TimerWheel {
    private static let slotCount = 512
    /// Milliseconds. A coarse one lets a busy loop wake less often.
    private let tick: UInt64
    private var slots: [Timer?]
    /// One bit for each slot that holds a timer, to find the next one without a walk.
    private var occupied: [UInt64]
    private var currentTick: UInt64
    package var now: UInt64 { moment }
    private var moment: UInt64

    package init(now: UInt64, tick: UInt64 = 16) {
        moment = now
        self.tick = tick
        currentTick = now / tick
        slots = Array(repeating: nil, count: Self.slotCount)
        occupied = Array(repeating: 0, count: Self.slotCount / 64)
    }

    deinit {
        for first in slots {
            var timer = first
            while let orphan = timer {
                timer = orphan.next
                orphan.next = nil
                unsafe orphan.wheel = nil
            }
        }
    }

    /// - Parameter moment: in the clock's milliseconds; a moment that has passed fires on the next advance.
    package func schedule(_ timer: Timer, at moment: UInt64) {
        timer.cancel()
        timer.deadline = moment
        let slot = Int(max(moment / tick + 1, currentTick + 1) % UInt64(Self.slotCount))
        timer.slot = slot
        unsafe timer.wheel = self
        timer.next = slots[slot]
        unsafe timer.next?.previous = timer
        unsafe timer.previous = nil
        slots[slot] = timer
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    fileprivate func remove(_ timer: Timer) {
        let next = timer.next
        if let previous = unsafe timer.previous { previous.next = next } else { slots[timer.slot] = next }
        unsafe next?.previous = timer.previous
        if slots[timer.slot] == nil { occupied[timer.slot / 64] &= ~(1 << UInt64(timer.slot % 64)) }
        timer.next = nil
        unsafe timer.previous = nil
        unsafe timer.wheel = nil
    }

    /// How long the loop may sleep; nil when nothing is scheduled. A slot may hold only timers of a later round: then the
    /// loop wakes once for nothing, at most each 512 ticks.
    package var millisecondsToNext: UInt64? {
        guard let distance = ticksToNextOccupied else { return nil }
        let moment = (currentTick + distance) * tick
        return moment > now ? moment - now : 0
    }

    private var ticksToNextOccupied: UInt64? {
        let start = Int((currentTick + 1) % UInt64(Self.slotCount))
        for step in 0...occupied.count {
            let word = (start / 64 + step) % occupied.count
            var bits = occupied[word]
            if step == 0 { bits &= ~0 << UInt64(start % 64) }
            guard bits != 0 else { continue }
            let slot = word * 64 + bits.trailingZeroBitCount
            return UInt64((slot - start + Self.slotCount) % Self.slotCount) + 1
        }
        return nil
    }

    /// Moves the clock and fires what is due.
    package func advance(to moment: UInt64) {
        self.moment = max(now, moment)
        let target = now / tick
        guard target > currentTick else { return }
        let steps = min(target - currentTick, UInt64(Self.slotCount))
        let first = target - steps + 1
        currentTick = target
        for step in first...target {
            let slot = Int(step % UInt64(Self.slotCount))
            guard occupied[slot / 64] & (1 << UInt64(slot % 64)) != 0 else { continue }
            fireDue(in: slot)
        }
    }

    private func fireDue(in slot: Int) {
        var due: [Timer] = []
        var timer = slots[slot]
        while let candidate = timer {
            timer = candidate.next
            if candidate.deadline <= now {
                remove(candidate)
                due.append(candidate)
            }
        }
        for timer in due where !timer.isScheduled { timer.fire() }
    }
}
