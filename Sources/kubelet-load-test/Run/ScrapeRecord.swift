import Addressing

/// What one scrape loop of Prometheus scrapes: a discovered node at one path.
struct ScrapeTarget: Hashable, Sendable {
    /// The target's label `node`, and the claim.
    var node: String
    var address: SocketAddress
    /// The address as the Node object spells it, with the port: Prometheus' `__address__`.
    var instance: String
    var path: String
}

/// One scrape, and what came of it.
struct ScrapeRecord: Sendable {
    /// Place in the ledger's list of targets.
    var target: Int
    /// Seconds since the scenario began. Samples are stored with the time of the start.
    var start: Double
    var end: Double
    var outcome: ScrapeOutcome
}

enum ScrapeOutcome: Hashable, Sendable {
    /// A whole answer with status 200: Prometheus would store it.
    case stored(StoredBody)
    /// Another status, which Prometheus shows.
    case refused(status: Int, reason: String)
    /// No answer, or none that is whole.
    case failed(String)
}

/// A body as it would reach storage.
struct StoredBody: Hashable, Sendable {
    /// Whose kubelet made it, by the place among the members; nil: it does not say, or names more than one.
    var kubelet: Int?
    var samples: Int
    /// The label `node` that samples bring along, which wins over the target's (`honor_labels`), and how many have it.
    var stamp: Stamp?

    struct Stamp: Hashable, Sendable {
        var node: String
        var samples: Int
    }
}

/// All scrapes of a scenario.
struct ScrapeLedger: Sendable {
    var targets: [ScrapeTarget] = []
    var records: [ScrapeRecord] = []
    /// Of the scraper's thread, and of the kubelets' where it is known.
    var lag = HarnessLag()
}

extension ScrapeLedger {
    /// The same, told from another moment on.
    func shifted(by seconds: Double) -> ScrapeLedger {
        var ledger = self
        for place in ledger.records.indices {
            ledger.records[place].start -= seconds
            ledger.records[place].end -= seconds
        }
        ledger.lag = lag.shifted(by: seconds)
        return ledger
    }
}
