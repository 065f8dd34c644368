import Fuzzing
import HTTP

/// What was read and is written again reads the same.
enum WriteProperties {
    static func checkRequest(_ bytes: [UInt8]) {
        guard let head = unsafe try? readHead(bytes, { bytes throws(HTTPError) in try unsafe RequestHead(bytes) }),
            let target = try? RequestTarget(head)
        else { return }
        switch target {
        case .absolute(_, _, let resource), .origin(let resource): checkRequest(head, resource)
        case .authority: break
        }
    }

    private static func checkRequest(_ head: RequestHead, _ resource: PathAndQuery) {
        let segments = resource.path.utf8.split(separator: UInt8(ascii: "/"))
        require(!segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "dots in the path")
        // Written are paths of the allow-list only, which have nothing to encode.
        let isPlain = resource.path.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"?#%".utf8.contains($0) }
        guard isPlain, let query = try? resource.removing(["node"]).rest else { return }
        var writer = HeadWriter()
        writer.startRequest("GET", path: resource.path, query: query)
        copy(head.fields, to: &writer)
        let again = made {
            unsafe try readHead(writer.bytes) { bytes throws(HTTPError) in try unsafe RequestHead(bytes) }
        }
        require(again.method == .get, "another method")
        expectSame(head.fields, again.fields)
        guard case .origin(let written) = made({ try RequestTarget(again) }) else {
            return require(false, "no path: \(again.target)")
        }
        require(written.path == resource.path, "path \(written.path) instead of \(resource.path)")
        require(written.query == query, "query \(written.query ?? "-") instead of \(query)")
        require(made { try written.removing(["node"]) }.values == [[]], "the parameter is still there")
    }

    static func checkResponse(_ bytes: [UInt8]) {
        guard let head = unsafe try? readHead(bytes, { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) })
        else {
            return
        }
        var writer = HeadWriter()
        writer.startResponse(head.status, reason: head.reasonPhrase)
        copy(head.fields, to: &writer)
        let again = made {
            unsafe try readHead(writer.bytes) { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) }
        }
        require(again.status == head.status, "status \(again.status) instead of \(head.status)")
        require(again.reasonPhrase == head.reasonPhrase.replacing("\t", with: " "), "another reason")
        expectSame(head.fields, again.fields)
    }

    /// In chunks of sizes of our own.
    static func checkBodies(_ bytes: [UInt8]) {
        for event in MessageReader.events(of: bytes, as: .client) {
            guard case .body(let data, _) = event else { continue }
            var message = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            let start = message.count
            for cuts in [[]] + Cuts.some(of: data) {
                for piece in data.pieces(cutAt: cuts) where !piece.isEmpty {
                    message += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0d, 0x0a]
                }
                message += Array("0\r\n\r\n".utf8)
                let length = message.count - start
                let again = MessageReader.events(of: message, as: .client).last
                require(again == .body(data, took: length), "\(again as Any) instead of \(event)")
                message.removeSubrange(start...)
            }
        }
    }

    private static func readHead<Head>(
        _ bytes: [UInt8], _ parse: (UnsafeRawBufferPointer) throws(HTTPError) -> Head
    ) throws(HTTPError) -> Head {
        var scanner = HeadScanner()
        let end = try unsafe Bytes(bytes).read { bytes throws(HTTPError) in
            try unsafe scanner.endOfHead(in: bytes, limit: 65_536)
        }
        guard let end else { throw .malformed("no whole head") }
        return try unsafe Bytes(Array(bytes[..<end])).read(parse)
    }

    private static func copy(_ fields: HeaderFields, to writer: inout HeadWriter) {
        writer.copy(fields) { _ in true }
        writer.end()
    }

    private static func expectSame(_ read: HeaderFields, _ again: HeaderFields) {
        require(list(read) == list(again), "fields \(list(again)) instead of \(list(read))")
    }

    private static func list(_ fields: HeaderFields) -> [[UInt8]] {
        fields.fields.flatMap { [[$0.id.rawValue], Array(fields.bytes[$0.name]), Array(fields.bytes[$0.value])] }
    }
}
