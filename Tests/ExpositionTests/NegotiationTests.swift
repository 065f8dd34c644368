import Foundation
import Testing

@testable import Exposition

@Suite("What is asked of the kubelet, and how the answer is coded")
struct NegotiationTests {
    @Test(
        "Accept-Encoding chooses between gzip and identity by weight",
        arguments: [
            (nil, .identity),
            ("", .identity),
            ("gzip", .gzip),
            ("GZIP", .gzip),
            ("x-gzip", .gzip),
            ("gzip, deflate, br", .gzip),
            ("zstd, gzip;q=0.5", .gzip),
            ("zstd", .identity),
            ("gzip;q=0", .identity),
            ("gzip;q=0.000", .identity),
            ("gzip ; Q=0", .identity),
            ("gzip;q=0, *", .identity),
            ("*", .gzip),
            ("*;q=0", .identity),
            ("identity", .identity),
            ("identity;q=0", .identity),
            ("identity;q=0, gzip;q=0.001", .gzip),
            ("identity;q=0.5, gzip;q=0.2", .identity),
            ("identity;q=0.5, gzip;q=0.5", .gzip),
            ("identity, *;q=0.1", .identity),
            ("gzip;q=2", .gzip),
            ("gzip;q=-1", .identity),
            ("gzip;q=nonsense", .gzip),
            ("gzip;q=nan", .gzip),
            ("gzip;q", .gzip),
            (", ,gzip,,", .gzip),
            ("\tgzip\t;\tq=0.3", .gzip),
        ] as [(String?, ContentCoding)])
    func acceptEncoding(field: String?, coding: ContentCoding) {
        #expect(AcceptEncoding(field).coding == coding)
        #expect(AcceptEncoding(field).upstreamField == (coding == .gzip ? "gzip" : "identity"))
    }

    @Test(
        "Content-Encoding is read, and what can't be rewritten is told apart",
        arguments: [
            (nil, .identity), ("", .identity), ("identity", .identity), ("gzip", .gzip), (" GZip ", .gzip),
            ("x-gzip", .gzip), ("zstd", nil), ("gzip, gzip", nil), ("deflate", nil),
        ] as [(String?, ContentCoding?)])
    func contentEncoding(field: String?, coding: ContentCoding?) {
        #expect(ContentCoding(contentEncoding: field) == coding)
    }

    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

    @Test(
        "Accept loses its protobuf members where the rules can't be applied to protobuf, and nothing else",
        arguments: [
            (nil, nil),
            ("", ""),
            ("text/plain;version=0.0.4;q=0.3,*/*;q=2", "text/plain;version=0.0.4;q=0.3,*/*;q=2"),
            ("\(protobuf);q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            ("text/plain , Application/VND.google.protobuf;encoding=text, */*", "text/plain,*/*"),
            (protobuf, "text/plain;version=0.0.4"),
            (
                "text/plain;note=\"a,application/vnd.google.protobuf,\\\"b\"",
                "text/plain;note=\"a,application/vnd.google.protobuf,\\\"b\""
            ),
            (
                "text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,\(protobuf)",
                "text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4"
            ),
        ] as [(String?, String?)])
    func accept(downstream: String?, upstream: String?) {
        #expect(AcceptNegotiation.upstreamAccept(downstream: downstream, rewritesProtobuf: false) == upstream)
        #expect(AcceptNegotiation.upstreamAccept(downstream: downstream, rewritesProtobuf: true) == downstream)
    }
}

@Suite("Accept headers as Prometheus sends them", .enabled(if: Vectors.arePresent, "the test vectors are absent"))
struct NegotiationVectorTests {
    struct Header: Decodable, Sendable, CustomTestStringConvertible {
        let versions: String
        let config: String
        let accept: String
        var testDescription: String { "\(versions), \(config)" }

        static let all: [Header] = {
            guard Vectors.arePresent, let bytes = try? Vectors.bytes("wire/accept_headers.json") else { return [] }
            return (try? JSONDecoder().decode([Header].self, from: Data(bytes))) ?? []
        }()
    }

    @Test("lose protobuf where it can't be rewritten, and are asked as they are where it can", arguments: Header.all)
    func accept(header: Header) {
        #expect(AcceptNegotiation.upstreamAccept(downstream: header.accept, rewritesProtobuf: true) == header.accept)
        let others = header.accept.split(separator: ",").filter { !$0.contains("protobuf") }.joined(separator: ",")
        #expect(AcceptNegotiation.upstreamAccept(downstream: header.accept, rewritesProtobuf: false) == others)
        #expect(others.contains("text/plain"))
    }
}
