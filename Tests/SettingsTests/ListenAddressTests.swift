import Addressing
import Testing

@testable import Settings

@Suite("Addresses to listen on")
struct ListenAddressTests {
    @Test(
        "are read and written",
        arguments: [
            ("127.0.0.1:9480", "127.0.0.1:9480", true), ("127.8.8.8:0", "127.8.8.8:0", true),
            ("[::1]:9480", "[::1]:9480", true), ("localhost:9480", "127.0.0.1:9480", true),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1", true), (":9480", ":9480", false),
            ("0.0.0.0:9480", "0.0.0.0:9480", false), ("[::]:9480", "[::]:9480", false),
            ("10.0.0.5:65535", "10.0.0.5:65535", false), ("unix:/run/p:1.sock", "unix:/run/p:1.sock", true),
            ("unix:/" + String(repeating: "x", count: 106), "unix:/" + String(repeating: "x", count: 106), true),
        ])
    func good(text: String, written: String, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.description == written)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "are refused where they are none",
        arguments: [
            "", "9480", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", "node-a:9480",
            "::1:9480", "[::1]", "127.1:9480", "*:9480", "http://127.0.0.1:9480", "127.0.0.1: 9480",
            "unix:", "unix:p.sock", "unix:/run/", "unix:///", "/run/p.sock", "UNIX:/run/p.sock",
            "unix:/" + String(repeating: "x", count: 107),
        ])
    func bad(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
