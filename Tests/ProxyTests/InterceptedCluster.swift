import Certificates
import FakeCluster
import Foundation
import Testing

/// A proxy that intercepts, in front of the cluster of `withProxy`.
struct InterceptedCluster: Sendable {
    let proxy: RunningProxy
    let cluster: FakeCluster
    let kubelet: FakeKubelet

    /// Further keys of the listener.
    static let interception = ", interception: {ca_cert_file: scrapes.crt, ca_key_file: scrapes.key}"

    /// The CA's two files.
    static func authority() throws -> [String: String] {
        let authority = try NewAuthority(commonName: "interception", now: Int64(Date().timeIntervalSince1970))
        return ["scrapes.crt": authority.certificatePEM, "scrapes.key": authority.keyPEM]
    }

    static func run(
        _ more: String = "", corpus: MetricsCorpus = .small, _ body: (InterceptedCluster) async throws -> Void
    ) async throws {
        try await withProxy(
            more, corpus: corpus, places: RunningProxy.Places(more: interception), files: try authority()
        ) {
            proxy, cluster, kubelet in
            try await body(InterceptedCluster(proxy: proxy, cluster: cluster, kubelet: kubelet))
        }
    }

    /// What curl gets by CONNECT and TLS.
    /// - Parameter url: without `https://`.
    func scrape(_ url: String, _ more: [String] = [], by version: String = "--http2") async throws -> Answer {
        try await Answer.fetch(
            ["--proxy", proxy.url, "--cacert", proxy.path("scrapes.crt"), "--suppress-connect-headers", version]
                + more + ["https://\(url)"])
    }

    /// What is answered to a CONNECT that is refused.
    func connect(_ target: String) async throws -> Answer {
        try await Answer.fetch(
            ["--proxy", proxy.url, "--cacert", proxy.path("scrapes.crt"), "https://\(target)/metrics/slis"])
    }

    func metric(_ line: String) async throws -> Bool { try await proxy.admin("/metrics").text.contains(line) }
}

extension Answer {
    /// As a question of its own: a failed comparison would print both.
    func holds(_ bytes: [UInt8]) -> Bool { [UInt8](body) == bytes }
}
