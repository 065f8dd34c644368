import FakeCluster
import Foundation
import Testing

@Suite("HEAD through the proxy")
struct HeadRequestTests {
    private static let stamp = "stamp: {node: __meta_kubernetes_node_name}\n"

    /// What comes back for requests sent one after another on one connection, to the last byte.
    private func exchange(_ requests: [String], with proxy: RunningProxy) async throws -> String {
        let port = try #require(proxy.url.split(separator: ":").last)
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(port); cat >&3; timeout 10 cat <&3"
        let sent = requests.enumerated().map { index, request in
            let ending = index == requests.count - 1 ? "Connection: close\r\n" : ""
            return "\(request)Host: kubelet\r\nAccept-Encoding: gzip\r\n\(ending)\r\n"
        }
        let run = try await RunCommand(
            URL(filePath: "/bin/bash"), ["-c", script], input: Data(sent.joined().utf8))
        #expect(run.status == 0)
        return run.text
    }

    @Test(
        "brings the head of a GET and no body, and the next request its own answer",
        arguments: ["", stamp], [KubeletBehaviour.Framing.automatic, .contentLength])
    func head(configuration: String, framing: KubeletBehaviour.Framing) async throws {
        var behaviour = KubeletBehaviour()
        behaviour.allowsHead = true
        behaviour.framing = framing
        try await ProxiedKubelet.run(configuration, behaviour: behaviour) { (proxied) async throws in
            let line = "http://\(proxied.target("/metrics")) HTTP/1.1\r\n"
            let answers = try await exchange(["HEAD \(line)", "HEAD \(line)", "GET \(line)"], with: proxied.proxy)
            let parts = answers.components(separatedBy: "\r\n\r\n")
            try #require(parts.count > 3, "\(answers.prefix(2000))")
            let heads = parts.prefix(3).map { Self.withoutDate($0) }
            #expect(heads.allSatisfy { $0.hasPrefix("HTTP/1.1 200 OK\r\n") })
            #expect(heads[0] == heads[1])
            // A rewritten body's length is known to nobody before its end; a chunked one's neither.
            let leftOut = configuration.isEmpty && framing == .automatic ? "Transfer-Encoding: chunked\r\n" : ""
            let expected = heads[2].replacing("\r\nConnection: close", with: "").replacing(leftOut, with: "")
            #expect(heads[0] == expected)
            #expect(heads[0].contains("Content-Encoding: gzip") && heads[0].contains("Content-Type: text/plain"))
            #expect(proxied.kubelet.requests.map(\.method) == ["HEAD", "HEAD", "GET"])
            #expect(Set(proxied.kubelet.requests.map(\.connection)).count == 1)
        }
    }

    private static func withoutDate(_ head: String) -> String {
        head.components(separatedBy: "\r\n").filter { !$0.hasPrefix("Date:") }.joined(separator: "\r\n")
    }

    @Test("passes on that a scraper may not, as the kubelet says it", arguments: ["", stamp])
    func forbidden(configuration: String) async throws {
        try await ProxiedKubelet.run(configuration) { (proxied) async throws in
            let line = "http://\(proxied.target("/metrics")) HTTP/1.1\r\n"
            let answers = try await exchange(["HEAD \(line)", "HEAD \(line)"], with: proxied.proxy)
            #expect(answers.components(separatedBy: "HTTP/1.1 403 Forbidden\r\n").count == 3)
            #expect(answers.hasSuffix("\r\n\r\n") && !answers.contains("user=prometheus"))
        }
    }

    @Test("is dropped with a head alone", arguments: ["", stamp])
    func dropped(configuration: String) async throws {
        try await ProxiedKubelet.run(configuration) { (proxied) async throws in
            let line = "http://\(proxied.kubelet.address)/metrics?node=ghost HTTP/1.1\r\n"
            let answers = try await exchange(["HEAD \(line)", "HEAD \(line)"], with: proxied.proxy)
            #expect(answers.components(separatedBy: "HTTP/1.1 421 Unknown node").count == 3)
            // Two heads and nothing behind them.
            let parts = answers.components(separatedBy: "\r\n\r\n")
            #expect(parts.count == 3 && parts[1].hasPrefix("HTTP/1.1 ") && parts[2].isEmpty)
            #expect(proxied.kubelet.requests.isEmpty)
        }
    }
}
