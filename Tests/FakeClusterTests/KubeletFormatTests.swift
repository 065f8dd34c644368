import Testing

@testable import FakeCluster

@Suite("A fake kubelet answers in the format that a real one would choose")
struct KubeletFormatTests {
    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

    @Test(
        "from what is accepted",
        arguments: [
            ("", .text), ("*/*", .text), ("application/openmetrics-text;version=1.0.0", .text),
            (protobuf, .protobuf), ("\(protobuf);q=0.6,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .protobuf),
            ("\(protobuf);q=0.2,text/plain;version=0.0.4;q=0.6", .text), ("text/plain, \(protobuf)", .text),
            ("application/vnd.google.protobuf;encoding=text", .text),
            ("application/openmetrics-text;version=1.0.0,\(protobuf);q=0.5,*/*;q=2", .protobuf),
        ] as [(String, KubeletFormat)])
    func chosen(accept: String, format: KubeletFormat) {
        #expect(KubeletFormat(accept: accept, serving: [.protobuf]) == format)
        #expect(KubeletFormat(accept: accept, serving: []) == .text)
    }

    @Test("and in OpenMetrics where it has that")
    func openMetrics() {
        let accept = "application/openmetrics-text;version=1.0.0,\(Self.protobuf);q=0.5,text/plain;q=0.3"
        #expect(KubeletFormat(accept: accept, serving: [.openMetrics, .protobuf]) == .openMetrics)
        #expect(KubeletFormat(accept: "text/plain", serving: [.openMetrics]) == .text)
    }
}
