import HTTP
import Settings
import Testing

@testable import Proxy

/// Requests as text, and what the proxy reads out of them.
struct Request {
    let head: RequestHead
    let configuration: ProxyConfiguration

    /// - Parameter fields: lines, each ended by CRLF.
    init(
        _ target: String, method: String = "GET", fields: String = "", _ settings: ProxySettings = ProxySettings()
    ) throws {
        let bytes = Array("\(method) \(target) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8)
        head = try unsafe bytes.withUnsafeBytes { unsafe try RequestHead($0) }
        configuration = ProxyConfiguration(settings)
    }

    func intent() throws -> ScrapeIntent {
        try ScrapeIntent(head, RequestTarget(head).resolvingOwnPath(), configuration)
    }
}

extension HeadWriter {
    /// The lines written so far, without the empty one at the end.
    var lines: [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true).map(
            String.init)
    }
}
