import CEpoll
import Glibc
import Synchronization

/// Runs Swift's async code on the one thread that also waits for the sockets, so that a scrape never crosses threads.
///
/// An actor whose `unownedExecutor` this is, and tasks made with `Task(executorPreference:)`, run all their jobs here.
/// Both are needed: resuming a continuation ignores the actor's executor and follows the task's preference only.
package final class LoopExecutor: TaskExecutor, SerialExecutor {
    private struct Shared {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var isStopped = false
    }

    /// Jobs from other threads.
    private let shared = Mutex(Shared())
    /// Jobs from the loop's own thread: touched by no other.
    private nonisolated(unsafe) var local: [UnownedJob] = []
    private nonisolated(unsafe) var batch: [UnownedJob] = []
    private let owner = Atomic<UInt>(0)
    /// An eventfd that ends the loop's wait when another thread has work for it.
    package let wakeup: Int32
    /// What kept it from having one; the loop tells it, whose making may fail.
    let failure: SocketError?

    package init() {
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        failure = wakeup < 0 ? SocketError(errno, during: .poll) : nil
    }

    deinit { if wakeup >= 0 { close(wakeup) } }

    package var isOnLoopThread: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

    package func enqueue(_ job: UnownedJob) {
        if isOnLoopThread {
            unsafe local.append(job)
            return
        }
        let wake = shared.withLock { shared in
            shared.jobs.append(job)
            defer { shared.isAsleep = false }
            return shared.isAsleep
        }
        if wake { signal() }
    }

    package func checkIsolated() {
        precondition(isOnLoopThread, "this code belongs on the event loop's thread")
    }

    package func isIsolatingCurrentContext() -> Bool? { isOnLoopThread }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Ends the loop after the jobs that are already queued.
    package func stop() {
        shared.withLock { $0.isStopped = true }
        signal()
    }

    func adoptCurrentThread() { owner.store(UInt(pthread_self()), ordering: .relaxed) }

    var isStopped: Bool { shared.withLock { $0.isStopped } }

    /// Runs what is queued, and what that queues in turn, once each; a job that re-queues itself waits for the next turn.
    func drain() {
        shared.withLock { shared in
            unsafe local.append(contentsOf: shared.jobs)
            shared.jobs.removeAll(keepingCapacity: true)
        }
        unsafe swap(&local, &batch)
        for job in unsafe batch {
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: UnownedTaskExecutor(ordinary: self))
        }
        unsafe batch.removeAll(keepingCapacity: true)
    }

    /// Whether the loop may sleep: nothing is queued. From here until `awoke` other threads signal the eventfd.
    func prepareToSleep() -> Bool {
        guard unsafe local.isEmpty else { return false }
        return shared.withLock { shared in
            guard shared.jobs.isEmpty, !shared.isStopped else { return false }
            shared.isAsleep = true
            return true
        }
    }

    func awoke() { shared.withLock { $0.isAsleep = false } }

    func clearWakeup() {
        var count: UInt64 = 0
        _ = unsafe withUnsafeMutableBytes(of: &count) { unsafe read(wakeup, $0.baseAddress, 8) }
    }

    private func signal() {
        var one: UInt64 = 1
        _ = unsafe withUnsafeBytes(of: &one) { unsafe write(wakeup, $0.baseAddress, 8) }
    }
}
