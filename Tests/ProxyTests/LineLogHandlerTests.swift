import Logging
import Settings
import Synchronization
import Testing

@testable import Proxy

@Suite("A log line")
struct LineLogHandlerTests {
    private static let time = "2026-11-25T12:03:07.123Z"

    @Test(
        "quotes what logfmt would misread",
        arguments: [
            ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), ("a=b", #""a=b""#),
            ("say \"hi\"", #""say \"hi\"""#), ("line\nfeed\t", #""line\nfeed\t""#), ("\u{1b}[31m", #""\u001b[31m""#),
            ("back\\slash", #""back\\slash""#), ("10.0.0.5:10250", "10.0.0.5:10250"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("Grüße", "Grüße"), ("\r\n", #""\r\n""#), ("\u{2028}", "\u{2028}"),
        ])
    func logfmtValue(value: String, written: String) {
        let line = LogLine(time: Self.time, level: .info, message: "m", metadata: ["key": .string(value)])
        #expect(line.text(as: .logfmt) == "ts=\(Self.time) level=info msg=m key=\(written)\n")
    }

    @Test("has its metadata in the order of the keys, whose odd characters are left out")
    func keys() {
        let line = LogLine(
            time: Self.time, level: .warning, message: "Stale identity",
            metadata: ["node": "a", "b c=": "1", "address": "10.0.0.5", "=": "2"])
        #expect(
            line.text(as: .logfmt)
                == "ts=\(Self.time) level=warn msg=\"Stale identity\" _=2 address=10.0.0.5 bc=1 node=a\n")
    }

    @Test("is a JSON object where that is wanted")
    func json() {
        let line = LogLine(
            time: Self.time, level: .critical, message: "say \"hi\"\n\u{1}",
            metadata: ["list": ["a", "b"], "nested": ["x": "1", "a": "2"], "count": .stringConvertible(3)])
        #expect(
            line.text(as: .json) == """
                {"ts":"\(Self.time)","level":"error","msg":"say \\"hi\\"\\n\\u0001","count":"3","list":["a","b"],\
                "nested":{"a":"2","x":"1"}}

                """)
    }

    @Test(
        "never shows a secret",
        arguments: ["Authorization", "bearer_token", "password", "client-secret", "Cookie"], LogFormat.allCases)
    func secrets(key: String, format: LogFormat) {
        let line = LogLine(
            time: Self.time, level: .info, message: "m",
            metadata: [key: "hunter2", "nested": [key: "hunter2"], "list": [[key: "hunter2"]]])
        let text = line.text(as: format)
        #expect(!text.contains("hunter2"))
        #expect(text.split(separator: "<secret>").count == 4)
    }

    @Test("shows the path of a file that holds a secret")
    func secretFile() {
        let line = LogLine(time: "t", level: .info, message: "m", metadata: ["token_file": "/run/token"])
        #expect(line.text(as: .logfmt) == "ts=t level=info msg=m token_file=/run/token\n")
    }

    @Test(
        "has its time in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_795_608_187_123, "2026-11-25T12:03:07.123Z"), (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func time(milliseconds: Int64, text: String) {
        #expect(LogTime.text(milliseconds: milliseconds) == text)
    }

    @Test("is written by every logger as a reload says, the nearest metadata winning")
    func reload() {
        let lines = Mutex<[String]>([])
        let log = LineLog(LogSettings(), now: { "t" }, write: { line in lines.withLock { $0.append(line) } })
        var logger = Logger(label: "test") { _ in LineLogHandler(log) }
        logger[metadataKey: "door"] = "name"
        logger[metadataKey: "node"] = "far"
        logger.debug("unseen")
        logger.info("seen", metadata: ["node": "near"])
        var settings = LogSettings()
        settings.level = .debug
        settings.format = .json
        log.adopt(settings)
        logger.debug("seen now")
        settings.level = .error
        log.adopt(settings)
        logger.warning("unseen")
        #expect(
            lines.withLock { $0 } == [
                "ts=t level=info msg=seen door=name node=near\n",
                #"{"ts":"t","level":"debug","msg":"seen now","door":"name","node":"far"}"# + "\n",
            ])
    }
}
