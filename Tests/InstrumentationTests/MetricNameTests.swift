import Testing

@testable import Instrumentation

@Suite("Names of metrics")
struct MetricNameTests {
    @Test(
        "that follow Prometheus' practice are taken",
        arguments: [
            ("scrapes_total", .counter, ["door"]), ("tunnel_bytes_total", .counter, []),
            ("scrape_duration_seconds", .histogram, []), ("nodes", .gauge, ["ready"]), ("build_info", .gauge, []),
        ] as [(String, MetricKind, [String])])
    func good(name: String, kind: MetricKind, labels: [String]) {
        #expect(MetricName.objection(to: name, kind: kind, help: "Help.", labels: labels) == nil)
    }

    @Test(
        "that don't are refused",
        arguments: [
            ("scrapes", .counter, []), ("scrapes_total", .gauge, []), ("scrape_duration", .histogram, []),
            ("scrape_duration_milliseconds", .gauge, []), ("scrape_count", .gauge, []), ("tunnel_gauge", .gauge, []),
            ("camelCase", .gauge, []), ("9nodes", .gauge, []), ("", .gauge, []), ("no:colons", .gauge, []),
            ("scrape_seconds", .histogram, ["le"]), ("nodes", .gauge, ["__ready"]), ("nodes", .gauge, ["a", "a"]),
        ] as [(String, MetricKind, [String])])
    func bad(name: String, kind: MetricKind, labels: [String]) {
        #expect(MetricName.objection(to: name, kind: kind, help: "Help.", labels: labels) != nil)
    }

    @Test("need a help text")
    func help() {
        #expect(MetricName.objection(to: "nodes", kind: .gauge, help: "") == "nodes: no help text")
    }

    @Test("are registered once: a second time stops the process")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricRegistry()
            _ = registry.counter("scrapes_total", "Scrapes.")
            _ = registry.counter("scrapes_total", "Scrapes.")
        }
    }
}
