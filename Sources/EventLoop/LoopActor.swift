import CEpoll
import Glibc

/// An actor that lives on an event loop's thread: it owns the (non-Sendable) loop and all that hangs on it.
///
///     actor Worker: LoopActor {
///         nonisolated let executor = LoopExecutor()
///         nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
///         let events: EventLoop
///         init() throws(SocketError) { events = try EventLoop(executor) }
///     }
package protocol LoopActor: Actor {
    nonisolated var executor: LoopExecutor { get }
    var events: EventLoop { get }
}

extension LoopActor {
    /// Starts the loop's thread. It ends after `executor.stop()`.
    package nonisolated func startThread(named name: String) {
        Thread.start(named: name) {
            Thread.blockBrokenPipeSignal()
            self.executor.adoptCurrentThread()
            self.assumeIsolated { actor in
                let events = actor.events
                while !actor.executor.isStopped {
                    actor.executor.drain()
                    events.turn()
                }
            }
            self.executor.drain()
        }
    }

    /// Runs work on the loop's thread as a task of its own; to be called from any thread.
    @discardableResult
    package nonisolated func spawn(_ work: @escaping @Sendable (isolated Self) async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor) { await work(self) }
    }
}

/// A POSIX thread. Foundation's would bring Foundation.
package enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        let name: String
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// A peer that is gone shows in the call that wrote to it (EPIPE). Only `send` can be told so (MSG_NOSIGNAL), `splice` can't.
    static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// - Parameter name: shown by `top -H` and `perf`; the kernel keeps 15 bytes of it.
    package static func start(named name: String, _ run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(name: name, run: run)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe pthread_setname_np(pthread_self(), String(body.name.prefix(15)))
                body.run()
                return nil
            }, body)
        precondition(status == 0, "pthread_create: \(status)")
        pthread_detach(thread)
    }
}
