import EventLoop
import Glibc
import HTTP

/// One scrape over a connection to the proxy in this process, its body to standard output. It blocks.
enum OneScrape {
    /// What can stand in a request's line as it is.
    static func isTarget(_ url: String) -> Bool {
        let isVisible = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
        return isVisible && (url.hasPrefix("http://") || url.hasPrefix("https://") || url.hasPrefix("/"))
    }

    /// - Parameter printsBody: false for `--diff`, which has printed what there is to see.
    static func run(_ url: String, over descriptor: Int32, printsBody: Bool) throws(OneScrapeFailure) {
        let request = Array("GET \(url) HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kubelet-relabel-proxy\r\n\r\n".utf8)
        var sent = 0
        while sent < request.count {
            let count = unsafe request.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            guard count > 0 else { throw OneScrapeFailure("the proxy takes no request") }
            sent += count
        }
        let buffer = ByteBuffer(capacity: 256 * 1024)
        let head = try readHead(descriptor, buffer)
        do throws(HTTPError) {
            guard var framer = BodyFramer(try head.bodyFraming(toHead: false)) else {
                throw .malformed("the answer tells no length")
            }
            while true {
                var position = 0
                while let run = try unsafe framer.nextData(in: buffer.bytes, from: &position) {
                    guard head.status == 200, printsBody else { continue }
                    // A reader that has gone wants no more: `forward URL | head`.
                    if unsafe !StandardOutput.write(Array(buffer.bytes[run])) { _exit(1) }
                }
                buffer.consume(position)
                if framer.isAtEnd { break }
                guard read(descriptor, buffer) else { throw .malformed("the answer was cut: it is not whole") }
            }
        } catch { throw OneScrapeFailure(error.text) }
        guard head.status == 200 else { throw OneScrapeFailure("\(head.status) \(head.reasonPhrase)") }
    }

    private static func readHead(_ descriptor: Int32, _ buffer: ByteBuffer) throws(OneScrapeFailure) -> ResponseHead {
        var scanner = HeadScanner()
        while read(descriptor, buffer) {
            do throws(HTTPError) {
                guard let length = try unsafe scanner.endOfHead(in: buffer.bytes, limit: 128 * 1024) else { continue }
                let head = try unsafe ResponseHead(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length]))
                buffer.consume(length)
                return head
            } catch { throw OneScrapeFailure(error.text) }
        }
        throw OneScrapeFailure("the proxy gave no answer")
    }

    /// False at the end.
    private static func read(_ descriptor: Int32, _ buffer: ByteBuffer) -> Bool {
        if buffer.space == 0 { buffer.compact() }
        while true {
            let space = unsafe buffer.freeSpace
            let count = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
            if count > 0 { buffer.filled(count) }
            guard count < 0, errno == EINTR else { return count > 0 }
        }
    }
}

/// Why there is no whole body, in one line.
struct OneScrapeFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
