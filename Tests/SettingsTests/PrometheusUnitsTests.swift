import Testing

@testable import Settings

@Suite("Prometheus' units")
struct PrometheusUnitsTests {
    @Test(
        "read durations",
        arguments: [
            ("0", 0), ("0s", 0), ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000),
            ("1d", 86_400_000), ("1w", 604_800_000), ("1y", 31_536_000_000), ("1m0s1ms", 60_001), ("007s", 7000),
        ] as [(String, Int)])
    func duration(text: String, milliseconds: Int) {
        #expect(PrometheusUnits.duration(text) == .milliseconds(milliseconds))
    }

    @Test(
        "refuse what Prometheus refuses as a duration",
        arguments: [
            "", "5", "s", "-1s", "1.5s", "1s1m", "1s1s", "1 s", " 1s", "1S", "5min", "1ms1s", "300y",
            "9223372036854775807y",
            "1h 30m", "٣s",
        ])
    func badDuration(text: String) {
        #expect(PrometheusUnits.duration(text) == nil)
    }

    @Test(
        "read sizes, in powers of 1024 either way",
        arguments: [
            ("0", 0), ("0B", 0), ("10B", 10), ("512KB", 512 << 10), ("512KiB", 512 << 10), ("16MB", 16 << 20),
            ("1.5MiB", 3 << 19), ("1GB", 1 << 30), ("2TiB", 2 << 40), ("1MB512KB", 1536 << 10), ("0.5B", 0),
        ] as [(String, Int)])
    func size(text: String, bytes: Int) {
        #expect(PrometheusUnits.bytes(text) == bytes)
    }

    @Test(
        "refuse what Prometheus refuses as a size",
        arguments: ["", "16", "MB", "-1MB", "16mb", "16M", "16 MB", "iB", "1iB", "1.2.3KB", "100EB", "1kB", ".B"])
    func badSize(text: String) {
        #expect(PrometheusUnits.bytes(text) == nil)
    }

    @Test("are written in the largest unit that divides the value")
    func written() {
        #expect(PrometheusUnits.text(64 << 10) == "64KiB")
        #expect(PrometheusUnits.text(1000) == "1000B")
        #expect(PrometheusUnits.text(0) == "0B")
        #expect(PrometheusUnits.text(.milliseconds(1500)) == "1500ms")
        #expect(PrometheusUnits.text(.seconds(120)) == "2m")
        #expect(PrometheusUnits.text(.seconds(365 * 86_400)) == "1y")
        #expect(PrometheusUnits.text(Duration.zero) == "0s")
    }
}
