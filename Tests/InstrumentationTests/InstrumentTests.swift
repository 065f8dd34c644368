import Testing

@testable import Instrumentation

@Suite("Instruments")
struct InstrumentTests {
    @Test("lose no increment between threads")
    func concurrentIncrements() async {
        let counter = Counter()
        let gauge = Gauge()
        let histogram = Histogram(bounds: [1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { @concurrent in
                    for _ in 0..<10_000 {
                        counter.increment()
                        gauge.increment()
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.count == 40_000)
        #expect(histogram.total == 20_000)
    }

    @Test("of a family are one object for the same label values")
    func sameChild() {
        let family = MetricRegistry().counter("scrapes_total", "Scrapes.", labels: ["door"])
        #expect(family.child("name") === family.child("name"))
        #expect(family.child("name") !== family.child("absolute"))
    }

    @Test(
        "fall into the first bucket whose bound is not below them",
        arguments: [(-1, 0), (1, 0), (1.000_1, 1), (2, 1), (3, 2), (.infinity, 2), (.nan, 2)] as [(Double, Int)])
    func bucket(value: Double, index: Int) {
        let histogram = Histogram(bounds: [1, 2])
        histogram.observe(value)
        var page = MetricPage()
        histogram.write(to: &page, name: "x", labels: .none)
        let cumulative = page.text.split(separator: "\n").prefix(3).map { $0.suffix(1) }
        #expect(cumulative == (0..<3).map { $0 < index ? "0" : "1" })
    }

    @Test("go up and down")
    func gauge() {
        let gauge = Gauge()
        gauge.increment()
        gauge.increment()
        gauge.decrement()
        #expect(gauge.value == 1)
        gauge.set(true)
        #expect(gauge.value == 1)
        gauge.set(false)
        #expect(gauge.value == 0)
    }
}
