import Testing

@testable import Exposition

@Suite("Protobuf that Prometheus refuses, and oddities that it takes")
struct ProtobufMalformedTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let body: [UInt8]

        init(_ description: String, _ family: ProtobufMessage) {
            testDescription = description
            body = family.delimited
        }

        init(_ description: String, raw: [UInt8]) {
            testDescription = description
            body = raw
        }
    }

    private typealias Message = ProtobufMessage

    static let refused: [Case] = [
        Case("a length that does not end", raw: [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
        Case("a length of more than is there", raw: [5, 0]),
        Case("the beginning of a length", raw: [0x80]),
        Case("no name", ProtobufMessage().varint(3, 1).message(4, .gauge())),
        Case("an empty name", .family("", type: 1, .gauge())),
        Case("a name that is no UTF-8", ProtobufMessage().bytes(1, [0xff]).message(4, .gauge())),
        Case("a help that is no UTF-8", ProtobufMessage().text(1, "g").bytes(2, [0xc3]).message(4, .gauge())),
        Case("an unknown type", .family("g", type: 6, .gauge())),
        Case("a unit that is no suffix", ProtobufMessage.family("g_bytes", type: 1, .gauge()).text(5, "seconds")),
        Case(
            "a unit that is no word of the name", ProtobufMessage.family("gbytes", type: 1, .gauge()).text(5, "bytes")),
        Case("a name with the wrong wire type", ProtobufMessage().varint(1, 1).message(4, .gauge())),
        Case("a type with the wrong wire type", ProtobufMessage().text(1, "g").text(3, "gauge")),
        Case("a metric with the wrong wire type", ProtobufMessage().text(1, "g").varint(4, 1)),
        Case("a field with the number 0", ProtobufMessage().text(1, "g").adding([0x02, 0])),
        Case("an end of a group", ProtobufMessage().text(1, "g").adding([9 << 3 | 4])),
        Case("a group without an end", ProtobufMessage().text(1, "g").adding([9 << 3 | 3, 0x08, 1])),
        Case("a wire type that there is not", ProtobufMessage().text(1, "g").adding([9 << 3 | 6])),
        Case("a field longer than its message", ProtobufMessage().text(1, "g").adding([0x22, 9, 0x0a])),
        Case("a varint of eleven bytes", ProtobufMessage().adding([0x18] + Array(repeating: 0x80, count: 10) + [0])),
        Case("a label without a name", .family("g", type: 1, .labels([]).message(1, ProtobufMessage().text(2, "v")))),
        Case("an empty label name", .family("g", type: 1, .gauge([("", "v")]))),
        Case("a label name that is no UTF-8", .family("g", type: 1, label([0xc0, 0x80], [97]))),
        Case("a label value that is no UTF-8", .family("g", type: 1, label([97], [0xed, 0xa0, 0x80]))),
        Case(
            "a long label value that is no UTF-8",
            .family("g", type: 1, label([97], Array(repeating: 97, count: 20) + [0x80]))),
        Case("a label twice", .family("g", type: 1, .gauge([("a", "1"), ("a", "2")]))),
        Case("a label twice, far apart", .family("g", type: 1, .gauge([("b", "1"), ("a", "2"), ("b", "3")]))),
        Case(
            "a label twice, behind a fall",
            .family("g", type: 1, .gauge([("c", "1"), ("a", "2"), ("b", "3"), ("c", "3")]))),
        Case("a label __name__", .family("g", type: 1, .gauge([("__name__", "x")]))),
        Case("a label le in a classic histogram", .family("h", type: 4, .histogram([("le", "1")], bounds: [1]))),
        Case("a label quantile in a summary", .family("s", type: 2, .summary([("quantile", "1")], quantiles: [0.5]))),
        Case("a gauge that is cut", .family("g", type: 1, ProtobufMessage().bytes(2, [9, 0, 0]))),
        Case(
            "a gauge whose value is a varint",
            .family("g", type: 1, ProtobufMessage().message(2, ProtobufMessage().varint(1, 1)))),
        Case("a timestamp that is a double", .family("g", type: 1, ProtobufMessage.gauge().double(6, 1))),
        Case("a bucket that is cut", .family("h", type: 4, histogram { $0.bytes(3, [0x11, 0]) })),
        Case(
            "an exemplar's label that is cut",
            .family("c", type: 0, ProtobufMessage().message(3, ProtobufMessage().bytes(2, [0x0a, 5])))),
        Case("spans that are numbers", .family("h", type: 4, histogram { $0.varint(12, 1) })),
        Case("packed deltas that are cut", .family("h", type: 4, histogram { $0.bytes(13, [0x80]) })),
        Case("packed counts that are cut", .family("h", type: 4, histogram { $0.bytes(14, [0, 0, 0]) })),
        Case(
            "a wrong message in a field that the type does not use",
            .family("g", type: 1, ProtobufMessage.gauge().bytes(4, [0x08]))),
    ]

    static let accepted: [Case] = [
        Case("nothing", raw: []),
        Case("an empty family", raw: [0]),
        Case(
            "a family without metrics, whatever it says", ProtobufMessage().bytes(1, [0xff]).varint(3, 99).text(5, "x")),
        Case("metrics before name and type", ProtobufMessage().message(4, .gauge()).varint(3, 1).text(1, "g")),
        Case(
            "a name twice, the last of which is good",
            ProtobufMessage().bytes(1, [0xff]).text(1, "g").message(4, .counter())),
        Case("a name in UTF-8", .family("g.ü", type: 1, .gauge([("l.ö", "ß")]))),
        Case(
            "fields that are unknown",
            ProtobufMessage.family("g", type: 1, .gauge()).varint(99, 1).double(98, 2).text(97, "")),
        Case("a group", ProtobufMessage.family("g", type: 1, .gauge()).adding([11 << 3 | 3, 0x08, 1, 11 << 3 | 4])),
        Case("a length with more bytes than it needs", raw: [0x82, 0x80, 0x80, 0x80, 0x00, 0x18, 0x01]),
        Case(
            "a tag with more bytes than it needs",
            ProtobufMessage().adding([0x8a, 0x80, 0x00, 1, 103]).message(4, .counter())),
        Case("an empty label twice", .family("g", type: 1, .gauge([("a", ""), ("a", "2")]))),
        Case("a label pair of nothing", .family("g", type: 1, ProtobufMessage.gauge().message(1, ProtobufMessage()))),
        Case(
            "labels behind the value and out of order",
            .family(
                "g", type: 1,
                ProtobufMessage().message(2, ProtobufMessage().double(1, 1)).message(
                    1, ProtobufMessage().text(2, "v").text(1, "b")
                ).message(1, ProtobufMessage().text(1, "a").text(2, "w")))),
        Case("a metric without a value", .family("g", type: 1, .labels([("a", "b")]))),
        Case("a label le in a native histogram", .family("h", type: 4, .nativeHistogram([("le", "1")]))),
        Case("a label le in a gauge", .family("g", type: 1, .gauge([("le", "1"), ("quantile", "2")]))),
        Case(
            "a label quantile in a summary without any",
            .family("s", type: 2, .summary([("quantile", "1")], quantiles: []))),
        Case(
            "numbers that are not packed",
            .family("h", type: 4, histogram { $0.varint(13, 1).varint(10, 2).double(14, 1).double(11, 2) })),
        Case("a unit before _total", ProtobufMessage.family("c_bytes_total", type: 0, .counter()).text(5, "bytes")),
        Case(
            "a varint of ten bytes with bits to spare",
            ProtobufMessage.family("g", type: 1, .gauge()).adding([0x78] + Array(repeating: 0xff, count: 9) + [0x7f])),
    ]

    private static func label(_ name: [UInt8], _ value: [UInt8]) -> ProtobufMessage {
        ProtobufMessage().message(1, ProtobufMessage().bytes(1, name).bytes(2, value))
    }

    private static func histogram(_ more: (ProtobufMessage) -> ProtobufMessage) -> ProtobufMessage {
        ProtobufMessage().message(7, more(ProtobufMessage().varint(1, 7)))
    }

    private static let good = Message.family("good", type: 1, .gauge()).delimited

    @Test("is refused, however it is cut, and what came before has left whole", arguments: refused)
    func refuses(malformed: Case) throws {
        for chunk in [1, 3, .max] {
            let rewriter = ExpositionRewriter(ProtobufRewriter(RewritePlan(try stamping("node", "n"))))
            var output = OutputBytes()
            let error = #expect(throws: RewriteError.self) {
                let body = Self.good + malformed.body
                for start in stride(from: 0, to: body.count, by: min(chunk, body.count)) {
                    try rewriter.write(Array(body[start...].prefix(chunk)), to: &output)
                }
                try rewriter.finish(to: &output)
            }
            guard case .malformed(at: .byte(Self.good.count), _, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(output.copyArray() == (try rewriteProtobuf(Self.good, with: stamping("node", "n")).body))
        }
    }

    @Test("passes an identity rule byte for byte, and takes a stamp", arguments: accepted)
    func accepts(odd: Case) throws {
        let body = Self.good + odd.body
        for chunk in [1, 3, .max] {
            #expect(try rewriteProtobuf(body, with: identityRules(), chunk: chunk).body == body)
        }
        let received = try rewriteProtobuf(body, with: stamping("node", "n")).body
        #expect(try ProtobufDocument(received).series == ProtobufDocument(body).series.map { $0.with("node", "n") })
    }

    @Test("An error says where, what, and what limit")
    func errorText() throws {
        let body = Self.good + Message.family("bad", type: 9, .gauge()).delimited
        let error = #expect(throws: RewriteError.self) { try rewriteProtobuf(body, with: identityRules()) }
        #expect(error.map { "\($0)".contains("byte \(Self.good.count)") } == true)
        #expect(error.map { "\($0)".contains("unknown metric type 9") } == true)
    }
}
