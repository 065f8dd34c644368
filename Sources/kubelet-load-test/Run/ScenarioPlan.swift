import Addressing
import FakeCluster

/// A scenario as data: who takes part, and what happens when. The same seed gives the same plan.
struct ScenarioPlan: Sendable {
    let name: ScenarioName
    var members: [Member] = []
    /// In the order of their times.
    private(set) var events: [TimedEvent] = []

    /// A node and its kubelet. They come and go by events, unless they are there from the start.
    struct Member: Hashable, Sendable {
        var name: String
        /// Where its kubelet listens; the Node object lists them in this order.
        var addresses: [IPAddress]
        /// The same as the Node object spells them.
        var spelling: [String]
        var port: UInt16
        var isThereFromStart = true

        init(_ name: String, _ addresses: [IPAddress], port: UInt16) {
            self.name = name
            self.addresses = addresses
            self.port = port
            spelling = addresses.map { "\($0)" }
        }
    }

    struct TimedEvent: Equatable, Sendable {
        /// Seconds since the scenario began.
        var at: Double
        var event: Event
    }

    /// Members are told by their place in `members`.
    enum Event: Equatable, Sendable {
        /// The machine is gone, and its Node object stays as it is.
        case kubeletStops(Int)
        case kubeletStarts(Int)
        /// The Node object appears, Ready.
        case registers(Int)
        case turns(Int, FakeNode.Ready)
        case isDeleted(Int)
        /// From now on its longest answer takes so many seconds.
        case answersSlowly(Int, over: Double)
        case hangs(Int)
        case recovers(Int)
        case apiLeaves
        /// It comes back without the history that a watch could go on from.
        case apiReturns
    }

    init(_ name: ScenarioName) { self.name = name }

    mutating func add(_ event: Event, at moment: Double) {
        // Behind those of the same moment: what was added first happens first.
        let place = events.firstIndex { $0.at > moment } ?? events.endIndex
        events.insert(TimedEvent(at: moment, event: event), at: place)
    }
}
