/// The request of a scrape through a peer, as Prometheus sends it with `proxy_url`.
struct ScrapeRequest {
    let url: String
    let fields: KeyValuePairs<String, String>

    init(_ workload: Workload, through peer: Peer, on bench: Bench) {
        let port = workload.upstream == .plain ? Bench.plainPort : Bench.tlsPort
        let host = "\(bench.address(workload.upstream)):\(port)"
        // Only ours is told for which node a scrape is.
        let claim = peer == .proxy ? "&node=\(Bench.node)" : ""
        url = "http://\(host)/metrics?body=\(workload.body.rawValue)\(claim)"
        fields = [
            "Host": host, "User-Agent": "Prometheus/3.5.0",
            "Accept": "text/plain;version=0.0.4;q=0.6,*/*;q=0.1",
            "Accept-Encoding": workload.body == .gzipText ? "gzip" : "identity",
            "Authorization": "Bearer \(Bench.token)", "X-Prometheus-Scrape-Timeout-Seconds": "60",
        ]
    }
}
