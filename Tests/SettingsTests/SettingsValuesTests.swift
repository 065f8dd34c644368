import Addressing
import Relabeling
import Testing

@testable import Settings

@Suite("Settings read from a file")
struct SettingsValuesTests {
    @Test("have every value that the file gives")
    func everyValue() throws {
        let text = """
            mode: observe
            listeners:
              - {address: ":1", insecure_anonymous: true}
              - address: "[::1]:2"
            admin: {address: 127.0.0.1:0, enable_lifecycle: yes}
            nodes:
              kubernetes: {context: c, label_selector: "a=b,c"}
              not_ready: sole
              allow_loopback_nodes: true
              max_staleness: 10m
            claims: {missing: drop, parameter: n, uid_parameter: u}
            verify_identity: off
            stamp: {node: __meta_kubernetes_node_name, "wörker": __address__}
            honor_labels: true
            upstream:
              ports: {kubelet: http, "9100": https, 9101: http}
              paths: [/metrics, /custom]
              authorization: none
              tls: {server_name: kubelet, insecure_skip_verify: true}
              connect_timeout: 1s
              scrape_timeout: 20s
              timeout_offset: 0
            limits:
              scrapes_in_flight: 1
              scrapes_in_flight_per_node: 2
              connections: 3
              header_size: 5KiB
              header_timeout: 6s
              idle_timeout: 7s
              body_size_limit: 8MB
              sample_limit: 9
              label_limit: 10
              sample_length: 11KB
            log: {level: debug, format: json}
            shutdown_timeout: 0
            """
        let settings = try ProxySettings(yaml: text, file: "c.yaml")
        #expect(settings.mode == .observe)
        #expect(settings.listeners.map(\.address.description) == [":1", "[::1]:2"])
        #expect(settings.listeners.map(\.insecureAnonymous) == [true, false])
        #expect(settings.admin.address.port == 0)
        #expect(settings.admin.enableLifecycle)
        var kubernetes = KubernetesSettings()
        kubernetes.context = "c"
        kubernetes.labelSelector = "a=b,c"
        #expect(settings.nodes.source == .kubernetes(kubernetes))
        #expect(settings.nodes.notReady == .sole)
        #expect(settings.nodes.allowLoopbackNodes)
        #expect(settings.nodes.maxStaleness == .seconds(600))
        #expect(settings.claims.missing == .drop)
        #expect([settings.claims.parameter, settings.claims.uidParameter] == ["n", "u"])
        #expect(settings.verifyIdentity == .off)
        #expect(settings.stamp.map(\.label) == ["node", "wörker"])
        #expect(settings.stamp.map(\.source) == ["__meta_kubernetes_node_name", "__address__"])
        #expect(settings.honorLabels)
        let upstream = settings.upstream
        #expect(upstream.ports.kubelet == .http)
        #expect(upstream.ports.numbered == [9100: .https, 9101: .http])
        #expect(upstream.paths == ["/metrics", "/custom"])
        #expect(upstream.authorization == .none)
        #expect(upstream.tls.serverName == "kubelet")
        #expect(upstream.tls.insecureSkipVerify)
        #expect(upstream.connectTimeout == .seconds(1))
        #expect(upstream.scrapeTimeout == .seconds(20))
        #expect(upstream.timeoutOffset == .zero)
        let limits = settings.limits
        #expect([limits.scrapesInFlight, limits.scrapesInFlightPerNode, limits.connections] == [1, 2, 3])
        #expect([limits.headerSize, limits.sampleLength] == [5 << 10, 11 << 10])
        #expect([limits.headerTimeout, limits.idleTimeout] == [.seconds(6), .seconds(7)])
        #expect([limits.bodySizeLimit, limits.sampleLimit, limits.labelLimit] == [8 << 20, 9, 10])
        #expect(settings.log.level == .debug)
        #expect(settings.log.format == .json)
        #expect(settings.shutdownTimeout == .zero)
    }

    @Test(
        "say how a port is scraped: the kubelet's own first, then by number",
        arguments: [
            ("{kubelet: https, 10255: http}", 10250, 10250, .https),
            ("{kubelet: https, 10250: http}", 10250, 10250, .https),
            ("{kubelet: https, 10250: http}", 10250, 10251, .http), ("{kubelet: https}", 10250, nil, nil),
            ("{10250: https}", 10250, 10250, .https), ("{10255: http}", 10250, 10250, nil),
        ] as [(String, UInt16, UInt16?, UpstreamScheme?)])
    func ports(yaml: String, port: UInt16, kubeletPort: UInt16?, scheme: UpstreamScheme?) throws {
        let settings = try ProxySettings(yaml: "upstream: {ports: \(yaml)}", file: "c.yaml")
        #expect(settings.upstream.ports.scheme(of: port, kubeletPort: kubeletPort) == scheme)
    }

    @Test("have relabel rules in Prometheus' language: every scalar is a text")
    func rules() throws {
        let text = """
            metric_relabel_configs:
              - source_labels: [__name__, le]
                separator: ""
                regex: 10
                action: drop
              - target_label: cluster
                replacement: true
              - {source_labels: [a], modulus: 8, target_label: shard, action: HashMod}
              - action: labeldrop
                regex: |-
                  a
                  b
              - {source_labels: [a], target_label: b, separator: }
            """
        let rules = try ProxySettings(yaml: text, file: "c.yaml").metricRelabelConfigs
        #expect(rules.map(\.action) == [.drop, .replace, .hashmod, .labeldrop, .replace])
        #expect(rules.map(\.regex.pattern) == ["10", "(.*)", "(.*)", "a\nb", "(.*)"])
        #expect(rules.map(\.separator) == ["", ";", ";", ";", ""])
        #expect(rules[0].sourceLabels == ["__name__", "le"])
        #expect(rules[1].replacement == "true")
        #expect(rules[2].modulus == 8)
    }

    @Test("may use YAML's aliases")
    func aliases() throws {
        let text = """
            upstream:
              connect_timeout: &short 2s
              timeout_offset: *short
            """
        let upstream = try ProxySettings(yaml: text, file: "c.yaml").upstream
        #expect([upstream.connectTimeout, upstream.timeoutOffset] == [.seconds(2), .seconds(2)])
    }
}
