import CSpawn
import EventLoop
import Foundation
import Glibc
import Synchronization

/// A child process from its start to its end.
///
/// A thread of its own starts it and waits for it: the kernel takes the end of the thread that started a child for the end of
/// its parent, and threads of Swift's pool come and go.
final class ChildLife: Sendable {
    let id: Int32
    private let state = Mutex(State())

    private struct State {
        /// Nil while it goes on.
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private init(_ id: Int32) { self.id = id }

    /// - Parameter output: its standard output goes to this file, its standard error beside it.
    static func begin(_ command: [String], output: String) throws(PeersError) -> ChildLife {
        let streams = try ChildStreams(output: output)
        let started = Started()
        Thread.start(named: "child") {
            do throws(PeersError) {
                let life = ChildLife(try spawn(command, streams))
                started.tell(.success(life))
                life.waitForEnd()
            } catch { started.tell(.failure(error)) }
        }
        return try started.wait().get()
    }

    private static func spawn(_ command: [String], _ streams: ChildStreams) throws(PeersError) -> Int32 {
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { for place in unsafe arguments.indices { unsafe free(arguments[place]) } }
        var failure: Int32 = 0
        let id = unsafe krp_spawn(command[0], &arguments, streams.descriptors, SIGTERM, &failure)
        guard failure != 0 else { return id }
        // It ended before it was anything.
        if id > 0 { waitpid(id, nil, 0) }
        throw PeersError("can't start \(command[0]): \(unsafe String(cString: strerror(failure)))")
    }

    var isGoingOn: Bool { state.withLock { $0.status == nil } }

    /// Nothing happens if it has ended: its id may be another's by now.
    func signal(_ number: Int32) { state.withLock { if $0.status == nil { kill(id, number) } } }

    /// Waits for its end, also when the task is cancelled: the child is still there.
    func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    private func waitForEnd() {
        var ended = unsafe siginfo_t()
        // It keeps its id until it is reaped, under the lock.
        while unsafe waitid(P_PID, id_t(id), &ended, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (status, waiting) = state.withLock { state in
            var word: Int32 = 0
            unsafe waitpid(id, &word, 0)
            let status = word & 0x7f == 0 ? word >> 8 & 0xff : 128 + word & 0x7f
            state.status = status
            defer { state.waiting = [] }
            return (status, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }
}

/// What became of a start, told by one thread to another.
private final class Started: Sendable {
    private let outcome = Mutex<Result<ChildLife, PeersError>?>(nil)
    private let isTold = DispatchSemaphore(value: 0)

    func tell(_ result: Result<ChildLife, PeersError>) {
        outcome.withLock { $0 = result }
        isTold.signal()
    }

    /// As long as it takes to execute a program.
    func wait() throws(PeersError) -> Result<ChildLife, PeersError> {
        isTold.wait()
        guard let result = outcome.withLock({ $0 }) else { throw PeersError("a start came to nothing") }
        return result
    }
}

/// What a child has for its standard streams: nothing to read, and files to write to.
private final class ChildStreams: Sendable {
    let descriptors: [Int32]

    init(output: String) throws(PeersError) {
        var opened: [Int32] = []
        for (file, flags) in [("/dev/null", O_RDONLY), (output, writing), ("\(output).err", writing)] {
            let descriptor = unsafe open(file, flags | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                let reason = unsafe String(cString: strerror(errno))
                for descriptor in opened { close(descriptor) }
                throw PeersError("can't open \(file): \(reason)")
            }
            opened.append(descriptor)
        }
        descriptors = opened
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

private let writing = O_WRONLY | O_CREAT | O_TRUNC
