import Foundation
import Testing

@testable import Instrumentation

@Suite("The standard process metrics")
struct ProcessMetricsTests {
    @Test("have plausible values")
    func values() throws {
        let registry = MetricRegistry()
        registry.processMetrics()
        let samples = registry.page().text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let values = Dictionary(
            uniqueKeysWithValues: samples.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? .nan)
            })
        let now = Date().timeIntervalSince1970
        #expect(values.count == 6)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_resident_memory_bytes"]) > 1e6)
        #expect(try #require(values["process_virtual_memory_bytes"]) > 1e6)
        #expect((3...100_000).contains(try #require(values["process_open_fds"])))
        #expect(try #require(values["process_max_fds"]) >= 256)
        #expect((now - 86_400...now + 2).contains(try #require(values["process_start_time_seconds"])))
    }

    @Test(
        "and a page of every kind pass promtool check metrics",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "promtool is not installed"))
    func promtool() throws {
        let registry = MetricRegistry()
        registry.processMetrics()
        registry.buildInfo(["version": "1.0"])
        registry.counter("scrapes_total", "Scrapes.", labels: ["door"]).child("name").increment()
        registry.histogram("scrape_duration_seconds", "Duration.").observe(0.2)
        registry.gauge("nodes", "Nodes.", labels: ["ready"]) { [["True"]: 2] }

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(registry.page().text.utf8))
        try input.fileHandleForWriting.close()
        let complaints = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(String(decoding: complaints, as: UTF8.self) == "")
        #expect(process.terminationStatus == 0)
    }
}
