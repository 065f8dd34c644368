/// What a registry can hold: something that writes its samples.
package protocol Instrument: AnyObject, Sendable {
    func write(to page: inout MetricPage, name: String, labels: MetricLabels)
}

/// The kinds of the text format's TYPE line that this room offers.
package enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// Label pairs in the order in which they are written.
package struct MetricLabels: Sendable {
    package let pairs: [(name: String, value: String)]

    package static let none = MetricLabels(pairs: [])

    func adding(_ name: String, _ value: String) -> MetricLabels {
        MetricLabels(pairs: pairs + [(name, value)])
    }
}
