import Glibc

/// A thread for work that blocks, which would hold up others on Swift's own few threads.
enum BlockingThread {
    /// Runs `body` on a thread of its own and waits for it without blocking.
    static func run(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            start {
                body()
                continuation.resume()
            }
        }
    }

    /// Runs `body` on a thread of its own.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard result == 0 else { fatalError("no thread to be had: pthread_create gives error \(result)") }
        pthread_detach(thread)
    }

    private final class Work {
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }

        func run() {
            // Signals are for the threads that expect them, and so it is for the threads that libcurl starts from here.
            var signals = sigset_t()
            unsafe sigfillset(&signals)
            unsafe pthread_sigmask(SIG_SETMASK, &signals, nil)
            body()
        }
    }
}
