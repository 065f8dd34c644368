import Foundation
import Glibc
import Synchronization

@testable import Discovery

/// An HTTP server on loopback that gives prepared answers in order, one per connection, and keeps what was asked.
final class ScriptedServer: Sendable {
    struct Answer {
        var text: String
        /// Leaves the connection open behind the text, as a watch does.
        var isHeld = false

        /// 200 with a length.
        static func json(_ body: String) -> Answer {
            Answer(text: "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        }

        static func status(_ line: String, _ body: String, header: String = "X-A: b") -> Answer {
            Answer(
                text:
                    "HTTP/1.1 \(line)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(header)\r\n\r\n\(body)"
            )
        }

        /// 200 with a chunk for each line; without an end when held.
        static func watch(_ lines: [String], isHeld: Bool) -> Answer {
            let chunks = lines.map { "\(String($0.utf8.count + 1, radix: 16))\r\n\($0)\n\r\n" }.joined()
            return Answer(
                text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\(chunks)"
                    + (isHeld ? "" : "0\r\n\r\n"), isHeld: isHeld)
        }
    }

    let url: String
    private let listener: Int32
    private let heads = Mutex<[String]>([])

    /// Heads of the requests so far, as they came.
    var requests: [String] { heads.withLock { $0 } }
    var requestLines: [String] { requests.map { String($0.prefix { $0 != "\r\n" }) } }

    init(_ answers: [Answer]) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw APIClientError.unreachable("no loopback socket") }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { self.serve(answers) }
    }

    /// Ends the server and the connections it holds.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ answers: [Answer]) {
        var held: [Int32] = []
        for answer in answers {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let head = Self.readHead(connection)
            heads.withLock { $0.append(head) }
            let bytes = Array(answer.text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe send(
                        connection, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            if answer.isHeld { held.append(connection) } else { close(connection) }
        }
        // With the script at its end, whoever asks more waits.
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            held.append(connection)
        }
        for connection in held { close(connection) }
        close(listener)
    }

    private static func readHead(_ connection: Int32) -> String {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual([0x0d, 0x0a, 0x0d, 0x0a]), unsafe recv(connection, &byte, 1, 0) == 1 {
            head.append(byte)
        }
        return String(decoding: head, as: UTF8.self)
    }
}
