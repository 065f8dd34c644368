import Testing

@testable import Instrumentation

@Suite("The page of metrics")
struct MetricPageTests {
    @Test("shows every kind, sorted by name, children sorted by label values")
    func wholePage() {
        let registry = MetricRegistry(prefix: "test_")
        let scrapes = registry.counter("scrapes_total", "Scrapes\nseen.", labels: ["door", "reason"])
        scrapes.child("name", "owner").increment()
        scrapes.child("absolute", "a\"b\\c\nd").increment(by: 3)
        scrapes.child("name", "owner").increment()
        registry.gauge("tunnels", "Open tunnels.").set(2.5)
        let duration = registry.histogram("scrape_duration_seconds", "How long.", bounds: [0.1, 1])
        duration.observe(0.1)
        duration.observe(.milliseconds(500))
        duration.observe(7)
        registry.gauge("age_seconds", "Age.") { 12 }
        registry.gauge("absent_seconds", "No value now.") { nil }
        registry.gauge("nodes", "Nodes.", labels: ["ready"]) { [["True"]: 2, ["False"]: 0] }
        registry.buildInfo(["version": "1.2.3"])

        #expect(
            registry.page().text == #"""
                # HELP test_absent_seconds No value now.
                # TYPE test_absent_seconds gauge
                # HELP test_age_seconds Age.
                # TYPE test_age_seconds gauge
                test_age_seconds 12
                # HELP test_build_info What this program was built from, as labels; the value is 1.
                # TYPE test_build_info gauge
                test_build_info{version="1.2.3"} 1
                # HELP test_nodes Nodes.
                # TYPE test_nodes gauge
                test_nodes{ready="False"} 0
                test_nodes{ready="True"} 2
                # HELP test_scrape_duration_seconds How long.
                # TYPE test_scrape_duration_seconds histogram
                test_scrape_duration_seconds_bucket{le="0.1"} 1
                test_scrape_duration_seconds_bucket{le="1"} 2
                test_scrape_duration_seconds_bucket{le="+Inf"} 3
                test_scrape_duration_seconds_sum 7.6
                test_scrape_duration_seconds_count 3
                # HELP test_scrapes_total Scrapes\nseen.
                # TYPE test_scrapes_total counter
                test_scrapes_total{door="absolute",reason="a\"b\\c\nd"} 3
                test_scrapes_total{door="name",reason="owner"} 2
                # HELP test_tunnels Open tunnels.
                # TYPE test_tunnels gauge
                test_tunnels 2.5

                """#)
    }

    @Test(
        "writes numbers as Go's client does",
        arguments: [
            (0, "0"), (-0.5, "-0.5"), (1, "1"), (1e15, "1000000000000000"), (0.000_01, "1e-05"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
        ] as [(Double, String)])
    func number(value: Double, text: String) {
        #expect(MetricPage.text(value) == text)
    }
}
