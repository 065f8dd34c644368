import Addressing
import Identity

/// What is remembered of a kubelet's address when a connection to it has ended.
///
/// A connection ends at one machine for its whole life. When it is gone, another machine may have the address, or the same one's
/// kubelet another name, before any Node object tells: whoever is met after a pause is asked who it is.
final class FormerConnections {
    private struct Memory {
        /// When an answer over one that has ended was complete, in the loop's milliseconds. Nil: none has ended; 0: without one.
        var lastAnswer: UInt64?
        /// The node whose kubelet was asked in vain: it is not asked again, since a kubelet that can't answer must not lose scrapes.
        var silent: MachineIdentity?
    }

    private var memories: [SocketAddress: Memory] = [:]
    /// Some 150 bytes each. Addresses come and go with their nodes: starting afresh now and then is cheaper than following them.
    private let maximumCount: Int
    /// Milliseconds. In less, no machine takes over another's address, and no kubelet is restarted under another name.
    static let pause: UInt64 = 1_000

    init(maximumCount: Int = 200_000) {
        self.maximumCount = maximumCount
    }

    /// - Parameters:
    ///   - lastAnswer: over this connection; nil: there was none.
    ///   - wasSpared: whether the kubelet was not asked over it, since it is silent.
    func connectionEnded(at address: SocketAddress, lastAnswer: UInt64?, wasSpared: Bool) {
        change(address) { memory in
            memory.lastAnswer = max(memory.lastAnswer ?? 0, lastAnswer ?? 0)
            // It has no answers for scrapes either: what it was silent for was its end.
            if wasSpared, lastAnswer == nil { memory.silent = nil }
        }
    }

    /// The kubelet there has told its name.
    func toldName(at address: SocketAddress) {
        if memories[address]?.silent != nil { change(address) { $0.silent = nil } }
    }

    /// The kubelet there was asked, and told nothing.
    func askedInVain(at address: SocketAddress, of owner: KnownNode) {
        change(address) { $0.silent = owner.machine }
    }

    /// Whether a new connection there comes after one that has ended, and after a pause.
    func isFollowed(at address: SocketAddress, now: UInt64) -> Bool {
        guard let lastAnswer = memories[address]?.lastAnswer else { return false }
        return now >= lastAnswer + Self.pause
    }

    /// Whether it is no use to ask whether the kubelet there is this node's.
    func isSilent(at address: SocketAddress, of owner: KnownNode) -> Bool {
        memories[address]?.silent?.isSame(as: owner.machine) ?? false
    }

    private func change(_ address: SocketAddress, _ change: (inout Memory) -> Void) {
        if memories.count >= maximumCount, memories[address] == nil { memories.removeAll() }
        change(&memories[address, default: Memory()])
    }
}
