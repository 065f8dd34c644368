/// The bodies that a fleet of fake kubelets serves: one template for each endpoint, filled with a kubelet's identity.
package struct MetricsCorpus: Sendable {
    package static let paths = [
        "/metrics", "/metrics/cadvisor", "/metrics/resource", "/metrics/probes", "/metrics/slis",
    ]

    private let templates: [String: BodyTemplate]
    /// By format, then by path.
    private let others: [KubeletFormat: [String: MetricsBody]]

    /// - Parameters:
    ///   - bodies: text 0.0.4 for each path; the node's name and ids in them are exchanged.
    ///   - protobuf: delimited protobuf for paths that have it, served as it is under every name.
    ///   - openMetrics: the same in OpenMetrics, which real kubelets don't serve.
    package init(
        _ bodies: [String: [UInt8]], protobuf: [String: [UInt8]] = [:], openMetrics: [String: [UInt8]] = [:]
    ) {
        templates = bodies.mapValues { BodyTemplate($0) }
        others = [.protobuf: protobuf, .openMetrics: openMetrics].mapValues { bodies in
            bodies.mapValues { MetricsBody(plain: PiecedBytes([$0]), gzip: PiecedBytes([Gzip.compress($0)])) }
        }
    }

    /// The shape of a real kubelet's answers, made up.
    /// - Parameter bytes: about how long `/metrics` and `/metrics/cadvisor` are; the others are a few KB.
    package static func generated(bytes: Int = 100_000) -> MetricsCorpus {
        MetricsCorpus([
            "/metrics": GeneratedMetrics.kubelet(bytes: bytes),
            "/metrics/cadvisor": GeneratedMetrics.cadvisor(bytes: bytes),
            "/metrics/resource": GeneratedMetrics.resource(), "/metrics/probes": GeneratedMetrics.probes(),
            "/metrics/slis": GeneratedMetrics.slis(),
        ])
    }

    /// A family that names the kubelet's machine in every body of `identified`, with its label `machine_id`.
    package static let markerFamily = "machine_fleet_member"

    /// As `generated`, and every body tells whose it is, also at the endpoints that tell nothing with real kubelets: whoever
    /// stores it can be called to account.
    ///
    /// - Parameter cadvisorBytes: about how long `/metrics/cadvisor` is; nil: as `/metrics`.
    package static func identified(bytes: Int = 100_000, cadvisorBytes: Int? = nil) -> MetricsCorpus {
        MetricsCorpus([
            "/metrics": GeneratedMetrics.kubelet(bytes: bytes, marker: true),
            "/metrics/cadvisor": GeneratedMetrics.cadvisor(bytes: cadvisorBytes ?? bytes)
                + GeneratedMetrics.marker,
            "/metrics/resource": GeneratedMetrics.resource() + GeneratedMetrics.marker,
            "/metrics/probes": GeneratedMetrics.probes() + GeneratedMetrics.marker,
            "/metrics/slis": GeneratedMetrics.slis() + GeneratedMetrics.marker,
        ])
    }

    package func body(_ path: String, for identity: KubeletIdentity) -> MetricsBody? {
        templates[path]?.body(for: identity)
    }

    /// What is served as it is under every name: nil where the corpus has text alone.
    func body(_ path: String, in format: KubeletFormat) -> MetricsBody? { others[format]?[path] }
}
