import Exposition
import Identity
import Instrumentation
import Listening

/// Every metric of the proxy (spec 12.2). No label has values that grow with the cluster.
final class ProxyMetrics: Sendable {
    let registry: MetricRegistry
    let scrapes: MetricFamily<Counter>
    let scrapeDuration: Histogram
    let scrapesInFlight: Gauge
    let unclaimedScrapes: Counter
    let malformedRequests: Counter
    let limitsExceeded: MetricFamily<Counter>
    let downstreamConnections: Gauge
    let tunnels: Gauge
    let failedInterceptions: Counter
    private let tunnelBytes: (upstream: Counter, downstream: Counter)
    let bodyBytes: MetricFamily<Counter>
    let rewrittenSamples: Counter
    let droppedSamples: MetricFamily<Counter>
    let malformedBodies: Counter
    let evidenceChecks: MetricFamily<Counter>
    let nodeSourceErrors: Counter
    let malformedAddresses: Counter
    let lastReloadSuccessful: Gauge
    let lastReloadTime: Gauge

    init(identities: IdentityStore, version: String) {
        let registry = MetricRegistry()
        self.registry = registry
        scrapes = registry.counter(
            "scrapes_total", "Scrapes answered, by the door they came in, the verdict and its reason.",
            labels: ["door", "verdict", "reason"])
        scrapeDuration = registry.histogram(
            "scrape_duration_seconds", "From the request's head to the last byte of the answer.")
        scrapesInFlight = registry.gauge("scrapes_in_flight", "Scrapes that are being answered.")
        unclaimedScrapes = registry.counter("unclaimed_scrapes_total", "Scrapes that named no node.")
        malformedRequests = registry.counter(
            "malformed_requests_total", "Requests refused before a door was known: not HTTP/1.1, or ambiguous.")
        limitsExceeded = registry.counter(
            "limits_exceeded_total", "Scrapes refused or cut by a limit, by its configuration key.", labels: ["limit"])
        downstreamConnections = registry.gauge("downstream_connections", "Open connections of scrapers.")
        failedInterceptions = registry.counter(
            "interception_handshake_failures_total",
            "Intercepted tunnels without a TLS handshake: most often the scraper does not trust the proxy's CA.")
        tunnels = registry.gauge("tunnels", "Open tunnels of CONNECT.")
        let tunnelBytes = registry.counter(
            "tunnel_bytes_total", "Bytes that tunnels moved, up to kubelets (upstream) and down to scrapers.",
            labels: ["direction"])
        self.tunnelBytes = (tunnelBytes.child("upstream"), tunnelBytes.child("downstream"))
        bodyBytes = registry.counter(
            "rewritten_body_bytes_total",
            "Bytes of rewritten bodies without compression, before (upstream) and after (downstream).",
            labels: ["side"])
        rewrittenSamples = registry.counter("rewritten_samples_total", "Samples that left the rewriter.")
        droppedSamples = registry.counter(
            "dropped_samples_total",
            "Samples dropped while rewriting: by a relabel rule, or because rules made two series equal.",
            labels: ["cause"])
        malformedBodies = registry.counter(
            "malformed_bodies_total", "Bodies cut while rewriting, because they were malformed.")
        evidenceChecks = registry.counter(
            "evidence_checks_total", "What kubelets showed of their identity, by its kind and what came of it.",
            labels: ["kind", "outcome"])
        nodeSourceErrors = registry.counter("node_source_errors_total", "Times the source of nodes failed or was lost.")
        malformedAddresses = registry.counter(
            "malformed_addresses_total", "Addresses of Node objects that are no IP addresses.")
        lastReloadSuccessful = registry.gauge(
            "config_last_reload_successful", "Whether the last load of the configuration succeeded.")
        lastReloadTime = registry.gauge(
            "config_last_reload_success_timestamp_seconds", "When the configuration was last loaded with success.")
        registerTable(identities)
        registry.buildInfo(["version": version])
        registry.processMetrics()
    }

    func tunnelBytes(_ direction: TunnelDirection) -> Counter {
        switch direction {
        case .upstream: tunnelBytes.upstream
        case .downstream: tunnelBytes.downstream
        }
    }

    func count(_ counts: RewriteCounts) {
        rewrittenSamples.increment(by: counts.samplesOut)
        droppedSamples.child("rule").increment(by: counts.droppedByRule)
        droppedSamples.child("collision").increment(by: counts.collisions)
        bodyBytes.child("upstream").increment(by: counts.bytesIn)
        bodyBytes.child("downstream").increment(by: counts.bytesOut)
    }

    private func registerTable(_ identities: IdentityStore) {
        registry.gauge("nodes", "Nodes known, by the status of their Ready condition.", labels: ["ready"]) {
            let nodes = identities.summary.nodes
            return [
                ["true"]: Double(nodes.ready), ["false"]: Double(nodes.notReady), ["unknown"]: Double(nodes.unknown),
                ["missing"]: Double(nodes.missing),
            ]
        }
        registry.gauge("address_conflicts", "Addresses that more than one node claims.") {
            Double(identities.summary.addressConflicts)
        }
        registry.gauge("stale_identities", "Claims of nodes to an address that another node owns.") {
            Double(identities.summary.staleIdentities)
        }
        registry.gauge(
            "table_age_seconds", "Time since the table was last known to be true; 0 while it is followed live."
        ) {
            let age = identities.tableAge.components
            return Double(age.seconds) + Double(age.attoseconds) / 1e18
        }
        registry.gauge("table_synced", "Whether a complete list of nodes was seen.") { identities.isSynced ? 1 : 0 }
    }
}
