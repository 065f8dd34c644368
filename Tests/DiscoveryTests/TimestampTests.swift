import Testing

@testable import Discovery

@Suite struct TimestampTests {
    @Test(
        "Times of RFC 3339 in Unix seconds",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-24T00:09:06Z", 1_795_478_946), ("2000-02-29T12:00:00Z", 951_825_600),
            ("1969-12-31T23:59:59Z", -1), ("2026-11-24T01:09:06+01:00", 1_795_478_946),
            ("2026-11-23T19:09:06.123456-05:00", 1_795_478_946), ("2026-11-24t00:09:06z", 1_795_478_946),
            ("2024-12-31T23:59:59Z", 1_735_689_599), ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) { #expect(Timestamp.unixSeconds(text) == seconds) }

    @Test(
        "Anything else is no time",
        arguments: [
            "", "now", "2026-11-24", "2026-11-24T00:09:06", "2026-11-24 00:09:06Z", "2026-13-24T00:09:06Z",
            "2026-11-24T24:09:06Z", "2026-11-24T00:60:06Z", "2026-11-24T00:09:06.Z", "2026-11-24T00:09:06+0100",
            "2026-11-24T00:09:06Zz", "2o26-11-24T00:09:06Z", "2026-11-24T00:09:06+01:0",
        ])
    func noTimes(text: String) { #expect(Timestamp.unixSeconds(text) == nil) }
}
