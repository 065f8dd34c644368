import Synchronization

/// One metric name with labels. Look a child up once and hold it: the lookup takes a lock, the child's increments don't.
package final class MetricFamily<Child: Instrument>: Sendable {
    private let labelNames: [String]
    private let make: @Sendable () -> Child
    private let children = Mutex<[[String]: Child]>([:])

    init(labelNames: [String], make: @escaping @Sendable () -> Child) {
        self.labelNames = labelNames
        self.make = make
    }

    /// The child for these label values, in the order of the label names; made, at zero, where it is new.
    package func child(_ values: String...) -> Child {
        child(values)
    }

    package func child(_ values: [String]) -> Child {
        precondition(values.count == labelNames.count, "\(values) for the labels \(labelNames)")
        return children.withLock { children in
            if let child = children[values] { return child }
            let child = make()
            children[values] = child
            return child
        }
    }

    func write(to page: inout MetricPage, name: String) {
        let sorted = children.withLock { Array($0) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (values, child) in sorted {
            let pairs = zip(labelNames, values).map { (name: $0, value: $1) }
            child.write(to: &page, name: name, labels: MetricLabels(pairs: pairs))
        }
    }
}
