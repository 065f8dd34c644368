import Foundation
import Testing

extension EndToEndTests {
    @Suite struct Admin {
        @Test(
            "A request whose body could be read in two ways is refused before it is carried out",
            arguments: [
                "Content-Length: 0\r\nTransfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 0",
                "Content-Length: +0", "Transfer-Encoding: gzip",
            ])
        func malformedFraming(fields: String) async throws {
            try await withProxy(admin: ", enable_lifecycle: true") { (proxy, _, _) async throws in
                let connection = try RawConnection(to: proxy.adminURL)
                connection.send("POST /-/reload HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n")
                let (text, isClosed) = connection.receive()
                #expect(text.hasPrefix("HTTP/1.1 400 ") && isClosed, "\(text)")
                #expect(!proxy.logText.contains("Configuration reloaded"))
                #expect(try await proxy.admin("/-/reload", "-X", "POST").status == 200)
                #expect(proxy.logText.contains("Configuration reloaded"))
            }
        }

        @Test("Without enable_lifecycle nothing is reloaded")
        func lifecycle() async throws {
            try await withProxy { (proxy, _, _) async throws in
                #expect(try await proxy.admin("/-/reload", "-X", "POST").status == 403)
                #expect(try await proxy.admin("/-/reload").status == 405)
            }
        }
    }
}
