import Relabeling

@testable import Exposition

/// Constant rules, and bodies for them, drawn from few names and values, so that series meet. One seed, one sequence.
struct RandomBody: RandomNumberGenerator {
    typealias Labels = [(name: String, value: String)]

    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }
    mutating func oneIn(_ count: UInt64) -> Bool { next() % count == 0 }

    // MARK: - Rules

    /// Rules that come to constant labels, with or without stamps, and drops by name.
    mutating func relabeler() throws -> ScrapeRelabeler {
        var stamps: [Stamp] = []
        if oneIn(2) { stamps.append(try Stamp(label: "node", source: "__meta_kubernetes_node_name")) }
        if oneIn(4) { stamps.append(try Stamp(label: "c", source: "__address__")) }
        var configs: [RelabelConfig] = []
        if oneIn(2) { configs.append(try constant(pick(["c", "node", "d.e", "container_name"]))) }
        if oneIn(3) { configs.append(try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "g|q.*")) }
        if oneIn(3) {
            configs.append(try RelabelConfig(action: "labelmap", regex: "__meta_kubernetes_node_label_(.+)"))
        }
        if oneIn(3) { configs.append(try constant(pick(["c", "node", "__tmp"]))) }
        let owner = [
            "__meta_kubernetes_node_name": "n", "__address__": "k", "__meta_kubernetes_node_label_zone": "z",
            "__meta_kubernetes_node_label_containers": "few",
        ]
        return RelabelRules(configs, stamps: stamps, honorsLabels: oneIn(2)).relabeler(owner: owner)
    }

    private mutating func constant(_ name: String) throws -> RelabelConfig {
        try RelabelConfig(targetLabel: name, replacement: pick(["k", "n", "x", "a\"b\\", ""]))
    }

    // MARK: - Series

    static let plainNames = ["a", "c", "node", "exported_node", "zone", "container", "container_name", "containers"]

    /// Labels of distinct names in any order, some of them empty.
    mutating func labels(_ names: [String]) -> Labels {
        let chosen = names.shuffled(using: &self).prefix(Int(next() % 5))
        let values = [
            "k", "n", "x", "z", "few", "", "a\"b\\", "x\ny", "é", String(repeating: "long", count: 9), "eightght",
        ]
        return chosen.map { ($0, pick(values)) }
    }

    /// A body of lines in which many series occur again, with labels in another order or one less.
    mutating func lines(_ dialect: TextDialect) -> String {
        let names = Self.plainNames + ["le", "quantile", "d.e", "q\"r", "__tmp"]
        var earlier: [(name: String, labels: Labels)] = []
        var body = ""
        for _ in 0..<60 {
            if oneIn(6) {
                let family = pick(["m", "g", "h", "q_total"])
                body += "# TYPE \(family) \(pick(["gauge", "histogram", "summary"]))\n"
            }
            var series = (name: pick(["m", "g", "h", "h_bucket", "q_total", "u.p"]), labels: labels(names))
            if oneIn(2), !earlier.isEmpty {
                series = pick(earlier)
                series.labels.shuffle(using: &self)
                if oneIn(2) { _ = series.labels.popLast() }
            }
            if let place = series.labels.firstIndex(where: { $0.name == "le" || $0.name == "quantile" }) {
                series.labels[place].value = pick(["1", "1.0", "0.5", "+Inf", "1e3", "1000"])
            }
            // Prometheus refuses the scrape, unless a rule drops the series.
            let lacksA = !series.labels.contains { $0.name == "a" }
            if lacksA, oneIn(400) { series.labels += [("a", "1"), ("a", "2")] }
            earlier.append(series)
            body += line(series.name, series.labels, dialect)
        }
        return dialect == .openMetrics ? body + "# EOF\n" : body
    }

    private mutating func line(_ name: String, _ labels: Labels, _ dialect: TextDialect) -> String {
        let blank = dialect == .prometheus && oneIn(4) ? " " : ""
        var pairs = labels.map { label in
            let isQuoted = oneIn(5) || label.name.contains { $0 == "." || $0 == "\"" }
            let name = isQuoted ? "\"\(escaped(label.name))\"" : label.name
            // A line feed may stand raw in text.
            let value = escaped(label.value, lineFeeds: dialect == .openMetrics || oneIn(2))
            return "\(blank)\(name)\(blank)=\(blank)\"\(value)\"\(blank)"
        }
        var head = name
        if name.contains(".") || oneIn(8) {
            pairs.insert("\"\(name)\"", at: Int(next() % UInt64(pairs.count + 1)))
            head = ""
        }
        let braces = pairs.isEmpty && oneIn(2) ? "" : "{" + pairs.joined(separator: ",") + "}"
        let suffix =
            dialect == .prometheus ? pick([" 1", " 2 17", " NaN"]) : pick([" 1", " 2 1.5", " 3 # {t=\"x\"} 1 2.5"])
        return head + braces + suffix + "\n"
    }

    private func escaped(_ text: String, lineFeeds: Bool = true) -> String {
        let text = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return lineFeeds ? text.replacing("\n", with: "\\n") : text
    }

    // MARK: - Families

    mutating func families() -> [UInt8] {
        var earlier: [Labels] = [[]]
        return (0..<12).flatMap { _ in
            var family = ProtobufMessage()
            let name = pick(["m", "g", "h", "q"])
            let type = pick([0, 1, 2, 4] as [UInt64])
            for _ in 0..<(next() % 5) {
                var labels = labels(Self.plainNames + ["d.e", "__tmp"])
                if oneIn(2) { labels = pick(earlier).shuffled(using: &self) }
                earlier.append(labels)
                family = family.message(4, metric(type, labels.map { ($0.name, $0.value) }))
            }
            // The head may stand behind the metrics.
            let head = ProtobufMessage().text(1, name).text(2, "What it is.").varint(3, type)
            return (oneIn(3) ? family.adding(head.bytes) : head.adding(family.bytes)).delimited
        }
    }

    private mutating func metric(_ type: UInt64, _ labels: [(String, String)]) -> ProtobufMessage {
        let timestamp = oneIn(3) ? ProtobufMessage().varint(6, 17).bytes : []
        // Labels mostly come first; they need not.
        if type == 1, oneIn(3) {
            let half = labels.count / 2
            return ProtobufMessage.labels(Array(labels[..<half])).message(2, ProtobufMessage().double(1, 5))
                .adding(timestamp).adding(ProtobufMessage.labels(Array(labels[half...])).bytes)
        }
        let metric: ProtobufMessage =
            switch type {
            case 0: .counter(labels)
            case 1: .gauge(labels)
            case 2: .summary(labels, quantiles: oneIn(2) ? [0.5, 0.9] : [])
            default: oneIn(2) ? .histogram(labels, bounds: [1, .infinity]) : .nativeHistogram(labels, bounds: [1])
            }
        return metric.adding(timestamp)
    }
}
