/// The request of a scrape through a peer, as Prometheus sends it with `proxy_url`.
struct ScrapeRequest {
    let url: String
    /// How curl gets to the peer.
    let curlOptions: [String]
    let fields: KeyValuePairs<String, String>

    init(_ workload: Workload, through peer: Peer, on bench: Bench) {
        let port = workload.upstream == .plain ? Bench.plainPort : Bench.tlsPort
        let host = "\(bench.address(workload.upstream)):\(port)"
        // Only ours is told for which node a scrape is.
        let claim = peer.isOurs && workload.work != .tunnel ? "&node=\(Bench.node)" : ""
        let peerAddress = bench.address(of: peer, for: workload)
        let query = "body=\(workload.body.rawValue)\(claim)"
        if workload.work == .tunnel {
            let scheme = workload.upstream == .plain ? "http" : "https"
            url = "\(scheme)://\(peer.opensTunnels ? host : "\(peerAddress)")/metrics?\(query)"
            let tunnel = ["--proxy", "http://\(peerAddress)", "--proxytunnel", "--suppress-connect-headers"]
            curlOptions = ["--insecure"] + (peer.opensTunnels ? tunnel : [])
        } else {
            url = "http://\(host)/metrics?\(query)"
            curlOptions = ["--proxy", "http://\(peerAddress)"]
        }
        fields = [
            "Host": host, "User-Agent": "Prometheus/3.5.0",
            "Accept": "text/plain;version=0.0.4;q=0.6,*/*;q=0.1",
            "Accept-Encoding": workload.body == .gzipText ? "gzip" : "identity",
            "Authorization": "Bearer \(Bench.token)", "X-Prometheus-Scrape-Timeout-Seconds": "60",
        ]
    }
}
