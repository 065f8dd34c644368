import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// One real Prometheus with a job for each door (spec 3), in front of two kubelets, of which one has the address of a dead node.
    @Suite(.enabled(if: RunningPrometheus.isInstalled)) struct FiveDoors {
        private static let rules = """
            stamp: {node: __meta_kubernetes_node_name}
            metric_relabel_configs:
              - {source_labels: [__name__], regex: go_.*, action: drop}
              - {source_labels: [__metrics_path__], target_label: path}

            """

        /// The doors behind which the proxy sees the body.
        private static let rewriting = ["kubelet", "intercepted", "reverse", "discovery"]

        @Test("By each door each kubelet has one live identity, and by all that rewrite the same series")
        func oneIdentityByEach() async throws {
            let places = RunningProxy.Places(
                listeners: ["127.0.0.1:0", "127.0.0.1:0"], more: InterceptedCluster.interception)
            let files = try InterceptedCluster.authority()
            try await withProxy(Self.rules, places: places, files: files) { (proxy, cluster, kubelet) async throws in
                let address = SocketAddress(try #require(IPAddress("127.77.0.6")), port: 0)
                let second = try await cluster.kubelet("node-c", at: address)
                cluster.apiServer.put(second.node)
                let targets = [
                    ("node-a", kubelet.address), ("node-b", kubelet.address), ("node-c", second.address),
                ]
                let addresses = proxy.listenAddresses.map(String.init)
                let prometheus = try await RunningPrometheus.start(
                    Jobs(targets: targets, proxy: addresses[0], intercepting: addresses[1]).text,
                    files: files.merging(["ca.crt": cluster.authority.certificatePEM]) { $1 })
                let failure: (any Error)?
                do {
                    try await prometheus.waitForTargets(10)
                    // All but service discovery know the dead node as well.
                    #expect(try await proxy.wait { try await prometheus.query("up == 0").count == 4 })
                    try await check(prometheus)
                    let errors = try await prometheus.targetErrors()
                    #expect(errors.contains { $0.contains("Stale node identity: \(kubelet.address) is node-b") })
                    failure = nil
                } catch { failure = error }
                await prometheus.stop()
                if let failure { throw failure }
            }
        }

        private func check(_ prometheus: RunningPrometheus) async throws {
            for job in Self.rewriting + ["connect"] {
                let live = try await prometheus.query("up{job=\"\(job)\"} == 1").map { $0.labels["node"] }
                #expect(Set(live) == ["node-b", "node-c"], "\(job)")
                #expect(live.count == 2, "\(job)")
                // The kubelet's own word beside the name under which it is stored.
                let names = try await prometheus.query("kubelet_node_name{job=\"\(job)\"}")
                #expect(names.count == 2, "\(job): \(names)")
                #expect(names.allSatisfy { ["node-b", "node-c"].contains($0.labels["node"]) }, "\(job)")
            }
            let expected = try await series(of: "kubelet", prometheus)
            #expect(expected.count > 20)
            #expect(expected.allSatisfy { $0.contains("path=\"/metrics\"") })
            for job in Self.rewriting.dropFirst() {
                let difference = try await series(of: job, prometheus).symmetricDifference(expected)
                #expect(difference.isEmpty, "\(job): \(difference.sorted().prefix(4))")
            }
        }

        /// Names and labels without those that are the target's.
        private func series(of job: String, _ prometheus: RunningPrometheus) async throws -> Set<String> {
            let stored = try await prometheus.query("{job=\"\(job)\",__name__!~\"up|scrape_.*\"}")
            return Set(
                stored.map { series in
                    let labels = series.labels.filter {
                        !["job", "instance", "endpoint", "namespace", "service", "metrics_path"].contains($0.key)
                    }
                    return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
                })
        }
    }
}

/// The jobs of a Prometheus, one a door. Each target is discovered under the name of its Node.
private struct Jobs {
    let targets: [(node: String, address: SocketAddress)]
    /// `127.0.0.1:9480`
    let proxy: String
    let intercepting: String

    var text: String {
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
        \(serviceMonitor)
          - job_name: connect
            honor_labels: true
            scheme: https
            proxy_url: http://\(proxy)
            tls_config: {ca_file: ca.crt}
            static_configs: [\(nodes)]
            relabel_configs:
              - {source_labels: [__meta_kubernetes_node_name, __address__], separator: ";", regex: "([^;]+);.+:([0-9]+)",
                 target_label: __address__, replacement: "$1:$2"}
              - {source_labels: [__meta_kubernetes_node_name], target_label: node}
          - job_name: intercepted
            honor_labels: true
            scheme: https
            proxy_url: http://\(intercepting)
            tls_config: {ca_file: scrapes.crt}
            enable_http2: true
            static_configs: [\(nodes)]
            relabel_configs:
              - {source_labels: [__meta_kubernetes_node_name], target_label: __param_node}
              - {source_labels: [__meta_kubernetes_node_name], target_label: node}
          - job_name: reverse
            honor_labels: true
            static_configs: [\(nodes)]
            relabel_configs:
              - {source_labels: [__meta_kubernetes_node_name, __address__], separator: ";", regex: "([^;]+);.+:([0-9]+)",
                 target_label: __metrics_path__, replacement: "/api/v1/nodes/https:$1:$2/proxy/metrics"}
              - {target_label: __address__, replacement: "\(proxy)"}
              - {source_labels: [__meta_kubernetes_node_name], target_label: node}
          - job_name: discovery
            honor_labels: true
            proxy_url: http://\(proxy)
            http_sd_configs: [{url: "http://\(proxy)/sd/kubelets", refresh_interval: 1s}]
            relabel_configs:
              - {source_labels: [__meta_kubernetes_node_name], target_label: node}
        """
    }

    private var nodes: String {
        targets.map { "{targets: [\"\($0.address)\"], labels: {__meta_kubernetes_node_name: \($0.node)}}" }
            .joined(separator: ", ")
    }

    /// As `role: endpoints` discovers the operator's kubelet Service.
    private var endpoints: String {
        let common = """
            __meta_kubernetes_namespace: kube-system, __meta_kubernetes_service_name: kubelet,
                __meta_kubernetes_service_label_app_kubernetes_io_name: kubelet,
                __meta_kubernetes_service_labelpresent_app_kubernetes_io_name: "true",
                __meta_kubernetes_service_label_k8s_app: kubelet,
                __meta_kubernetes_service_labelpresent_k8s_app: "true",
                __meta_kubernetes_endpoint_port_name: https-metrics, __meta_kubernetes_endpoint_address_target_kind: Node
            """
        return targets.map {
            "{targets: [\"\($0.address)\"], labels: {\(common), "
                + "__meta_kubernetes_endpoint_address_target_name: \($0.node)}}"
        }.joined(separator: ",\n       ")
    }

    /// What Prometheus Operator makes of kube-prometheus-stack's kubelet ServiceMonitor with the README's values; only the
    /// discovery, the interval and the certificates are this test's.
    private var serviceMonitor: String {
        """
          - job_name: serviceMonitor/monitoring/kube-prometheus-stack-kubelet/0
            honor_labels: true
            honor_timestamps: true
            metrics_path: /metrics
            scheme: https
            proxy_url: http://\(proxy)
            tls_config: {insecure_skip_verify: true}
            static_configs:
              [\(endpoints)]
            relabel_configs:
              - {source_labels: [job], target_label: __tmp_prometheus_job_name}
              - source_labels: [__meta_kubernetes_service_label_app_kubernetes_io_name,
                  __meta_kubernetes_service_labelpresent_app_kubernetes_io_name]
                regex: (kubelet);true
                action: keep
              - source_labels: [__meta_kubernetes_service_label_k8s_app, __meta_kubernetes_service_labelpresent_k8s_app]
                regex: (kubelet);true
                action: keep
              - {source_labels: [__meta_kubernetes_endpoint_port_name], regex: https-metrics, action: keep}
              - source_labels: [__meta_kubernetes_endpoint_address_target_kind, __meta_kubernetes_endpoint_address_target_name]
                separator: ;
                regex: Node;(.*)
                replacement: ${1}
                target_label: node
              - source_labels: [__meta_kubernetes_endpoint_address_target_kind, __meta_kubernetes_endpoint_address_target_name]
                separator: ;
                regex: Pod;(.*)
                replacement: ${1}
                target_label: pod
              - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
              - {source_labels: [__meta_kubernetes_service_name], target_label: service}
              - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
              - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
              - {source_labels: [__meta_kubernetes_pod_phase], regex: (Failed|Succeeded), action: drop}
              - {source_labels: [__meta_kubernetes_service_name], target_label: job, replacement: "${1}"}
              - {source_labels: [__meta_kubernetes_service_label_k8s_app], target_label: job, regex: (.+), replacement: "${1}"}
              - {target_label: endpoint, replacement: https-metrics}
              - {source_labels: [__metrics_path__], target_label: metrics_path, action: replace}
              - {source_labels: [node], target_label: __param_node, action: replace}
              - {target_label: __scheme__, replacement: http, action: replace}
              - {source_labels: [__address__, __tmp_hash], target_label: __tmp_hash, regex: (.+);, replacement: "$1", action: replace}
              - {source_labels: [__tmp_hash], target_label: __tmp_hash, modulus: 1, action: hashmod}
              - {source_labels: [__tmp_hash, __tmp_disable_sharding], regex: "0;|.+;.+", action: keep}
        """
    }
}
