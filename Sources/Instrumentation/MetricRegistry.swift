import Synchronization

/// The metrics of one process. Instruments are registered once at start-up; a name that breaks Prometheus' naming
/// practice, or that is taken, stops the process there and then: it is a mistake in the program, not in its input.
package final class MetricRegistry: Sendable {
    private struct Entry: Sendable {
        let help: String
        let kind: MetricKind
        let write: @Sendable (inout MetricPage, String) -> Void
    }

    private let prefix: String
    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter prefix: put before every registered name, with its underscore; the standard `process_*` go without.
    package init(prefix: String = "kubelet_relabel_proxy_") {
        self.prefix = prefix
    }

    /// The whole page, sorted by name, so that two scrapes can be compared line by line.
    package func page() -> MetricPage {
        var page = MetricPage()
        for (name, entry) in entries.withLock({ Array($0) }).sorted(by: { $0.key < $1.key }) {
            page.family(name, help: entry.help, kind: entry.kind)
            entry.write(&page, name)
        }
        return page
    }

    // MARK: Without labels

    package func counter(_ name: String, _ help: String) -> Counter {
        add(prefix + name, help, Counter(), kind: .counter)
    }

    package func gauge(_ name: String, _ help: String) -> Gauge {
        add(prefix + name, help, Gauge(), kind: .gauge)
    }

    package func histogram(_ name: String, _ help: String, bounds: [Double] = Histogram.scrapeSeconds) -> Histogram {
        add(prefix + name, help, Histogram(bounds: bounds), kind: .histogram)
    }

    // MARK: With labels

    package func counter(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Counter> {
        add(prefix + name, help, MetricFamily(labelNames: labels) { Counter() }, kind: .counter, labels: labels)
    }

    package func gauge(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Gauge> {
        add(prefix + name, help, MetricFamily(labelNames: labels) { Gauge() }, kind: .gauge, labels: labels)
    }

    package func histogram(
        _ name: String, _ help: String, labels: [String], bounds: [Double] = Histogram.scrapeSeconds
    ) -> MetricFamily<Histogram> {
        add(
            prefix + name, help, MetricFamily(labelNames: labels) { Histogram(bounds: bounds) }, kind: .histogram,
            labels: labels)
    }

    // MARK: Read when scraped

    /// A gauge whose value is asked for at each scrape, on the scraping thread. Nil: no sample this time.
    package func gauge(_ name: String, _ help: String, value: @escaping @Sendable () -> Double?) {
        callback(prefix + name, help, kind: .gauge, value: value)
    }

    /// A counter that somebody else keeps, asked for at each scrape.
    package func counter(_ name: String, _ help: String, value: @escaping @Sendable () -> Double?) {
        callback(prefix + name, help, kind: .counter, value: value)
    }

    /// A labelled gauge asked for at each scrape: a value for each list of label values.
    package func gauge(
        _ name: String, _ help: String, labels: [String], values: @escaping @Sendable () -> [[String]: Double]
    ) {
        register(prefix + name, help, kind: .gauge, labels: labels) { page, name in
            for (key, value) in values().sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                precondition(key.count == labels.count, "\(key) for the labels \(labels)")
                let pairs = zip(labels, key).map { (name: $0, value: $1) }
                page.sample(name, MetricLabels(pairs: pairs), value)
            }
        }
    }

    /// `build_info`: always 1, what was built stands in the labels.
    package func buildInfo(_ labels: KeyValuePairs<String, String>) {
        gauge(
            "build_info", "What this program was built from, as labels; the value is 1.", labels: labels.map(\.key)
        ).child(labels.map(\.value)).set(1)
    }

    /// For the standard metrics, whose names carry no prefix.
    func callback(_ name: String, _ help: String, kind: MetricKind, value: @escaping @Sendable () -> Double?) {
        register(name, help, kind: kind) { page, name in
            if let value = value() { page.sample(name, .none, value) }
        }
    }

    private func add<Metric: Instrument>(_ name: String, _ help: String, _ metric: Metric, kind: MetricKind) -> Metric {
        register(name, help, kind: kind) { page, name in metric.write(to: &page, name: name, labels: .none) }
        return metric
    }

    private func add<Child: Instrument>(
        _ name: String, _ help: String, _ family: MetricFamily<Child>, kind: MetricKind, labels: [String]
    ) -> MetricFamily<Child> {
        register(name, help, kind: kind, labels: labels) { page, name in family.write(to: &page, name: name) }
        return family
    }

    private func register(
        _ name: String, _ help: String, kind: MetricKind, labels: [String] = [],
        write: @escaping @Sendable (inout MetricPage, String) -> Void
    ) {
        if let objection = MetricName.objection(to: name, kind: kind, help: help, labels: labels) {
            preconditionFailure(objection)
        }
        let earlier = entries.withLock {
            $0.updateValue(Entry(help: help, kind: kind, write: write), forKey: name)
        }
        precondition(earlier == nil, "\(name): registered twice")
    }
}
