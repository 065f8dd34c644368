/// Who gets a connection next, where none is idle: by dialling it, or by taking one that somebody gives back meanwhile.
///
/// After a start of the proxy nearly every scrape needs a new connection, and a dial costs as much CPU as a scrape. If all dialled at
/// once, each would get a share so small that all are late, and each kubelet would be dialled once for each of its endpoints. So dials
/// start in the order in which they were asked for, one in each turn of the loop: a busy loop's turns are long, an idle one's short, so
/// that what is counted is the loop's own time and a dead kubelet costs the others nothing. To one kubelet there is one dial at a time.
///
/// A state machine: it neither dials nor waits.
final class ConnectionQueue<Key: Hashable, Connection> {
    /// Somebody who waits for a connection.
    final class Waiter {
        fileprivate enum Place {
            /// Others dial for the same key.
            case inLine
            /// It may dial in its turn.
            case mayDial
            case settled(Result)
            case left
        }

        let key: Key
        /// Whether one that was used before will do.
        let takesUsed: Bool
        fileprivate let wake: () -> Void
        fileprivate var place = Place.inLine

        fileprivate init(_ key: Key, takesUsed: Bool, wake: @escaping () -> Void) {
            self.key = key
            self.takesUsed = takesUsed
            self.wake = wake
        }

        /// Nil: it still waits.
        var result: Result? { if case .settled(let result) = place { result } else { nil } }
        fileprivate var waits: Bool {
            switch place {
            case .inLine, .mayDial: true
            case .settled, .left: false
            }
        }
    }

    enum Result {
        /// It is to dial, and to tell by `dialEnded`.
        case dial
        case used(Connection)
        /// The dial that it waited for failed.
        case failed(ConnectionError)
    }

    private struct Line {
        var dials = 0
        /// Those of `waiters` who may dial.
        var candidates = 0
        var waiters: [Waiter] = []
    }

    /// To the same key at a time.
    var dialLimit: Int
    private var lines: [Key: Line] = [:]
    /// Those who may dial, in their order, and some who went away or were served otherwise.
    private var candidates: [Waiter] = []
    private var firstCandidate = 0
    private var mayStartNow = true
    /// Asks for a call of `turn` in the next turn of the loop.
    private let askForTurn: (ConnectionQueue) -> Void

    init(dialLimit: Int = 1, askForTurn: @escaping (ConnectionQueue) -> Void) {
        self.dialLimit = dialLimit
        self.askForTurn = askForTurn
    }

    /// Whether nobody dials or waits.
    var isEmpty: Bool { lines.isEmpty }

    // MARK: Coming and going

    /// - Returns: nil where the caller may dial at once, and tells by `dialEnded`. Otherwise it waits until `wake` is called and there
    ///   is a result, or leaves.
    func join(_ key: Key, takesUsed: Bool, wake: @escaping () -> Void) -> Waiter? {
        if mayStartNow, firstCandidate == candidates.count, lines[key, default: Line()].dials < dialLimit {
            lines[key, default: Line()].dials += 1
            mayStartNow = false
            askForTurn(self)
            return nil
        }
        let waiter = Waiter(key, takesUsed: takesUsed, wake: wake)
        lines[key, default: Line()].waiters.append(waiter)
        promote(key)
        return waiter
    }

    /// It waits no longer. Whoever has a result already must use it or pass it on.
    func leave(_ waiter: Waiter) {
        guard waiter.waits else { return }
        leave(waiter, for: .left)
        promote(waiter.key)
    }

    // MARK: What happens

    /// - Parameter failure: that of the dial. Those who waited for the same kubelet get no other answer than it did.
    func dialEnded(_ key: Key, _ failure: ConnectionError? = nil) {
        lines[key]?.dials -= 1
        if let failure, !failure.isOfWhoeverWaits {
            for waiter in lines[key]?.waiters ?? [] { settle(waiter, .failed(failure)) }
        }
        promote(key)
    }

    /// - Returns: whether somebody takes a connection that was used.
    func offer(_ connection: Connection, to key: Key) -> Bool {
        guard let waiter = lines[key]?.waiters.first(where: \.takesUsed) else { return false }
        settle(waiter, .used(connection))
        promote(key)
        return true
    }

    /// A turn of the loop: one more dial.
    func turn() {
        mayStartNow = true
        while firstCandidate < candidates.count {
            let waiter = candidates[firstCandidate]
            firstCandidate += 1
            guard waiter.waits else { continue }
            lines[waiter.key]?.dials += 1
            settle(waiter, .dial)
            mayStartNow = false
            break
        }
        forgetServedCandidates()
        if !mayStartNow { askForTurn(self) }
    }

    // MARK: Lines

    /// Lets those in line dial, as far as the limit goes.
    private func promote(_ key: Key) {
        guard var line = lines[key] else { return }
        for waiter in line.waiters where line.dials + line.candidates < dialLimit {
            guard case .inLine = waiter.place else { continue }
            waiter.place = .mayDial
            line.candidates += 1
            candidates.append(waiter)
        }
        lines[key] = line.dials == 0 && line.waiters.isEmpty ? nil : line
        if mayStartNow, firstCandidate < candidates.count {
            mayStartNow = false
            askForTurn(self)
        }
    }

    private func settle(_ waiter: Waiter, _ result: Result) {
        leave(waiter, for: .settled(result))
        waiter.wake()
    }

    private func leave(_ waiter: Waiter, for place: Waiter.Place) {
        if case .mayDial = waiter.place { lines[waiter.key]?.candidates -= 1 }
        waiter.place = place
        lines[waiter.key]?.waiters.removeAll { $0 === waiter }
    }

    private func forgetServedCandidates() {
        if firstCandidate == candidates.count {
            candidates.removeAll(keepingCapacity: true)
            firstCandidate = 0
        } else if firstCandidate > 1_000 {
            candidates.removeFirst(firstCandidate)
            firstCandidate = 0
        }
    }
}

extension ConnectionError {
    /// Another's dial may well succeed.
    var isOfWhoeverWaits: Bool { if case .interrupted = self { true } else { false } }
}
