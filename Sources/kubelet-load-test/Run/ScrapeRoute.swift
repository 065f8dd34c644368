import Addressing
import Connections

/// The way scrapes take.
enum ScrapeRoute: Sendable {
    /// Absolute-form to a proxy, with the claim (spec 3).
    case proxy(SocketAddress)
    /// CONNECT to a proxy, which ends the TLS inside; the claim as before.
    case intercepted(SocketAddress, TLSCredentials)
    /// TLS to the kubelet itself, as without a proxy.
    case direct(TLSCredentials)

    func destination(of target: ScrapeTarget) -> SocketAddress {
        switch self {
        case .proxy(let address): address
        case .direct, .intercepted: target.address
        }
    }

    var tls: TLSCredentials? {
        switch self {
        case .proxy: nil
        case .direct(let credentials), .intercepted(_, let credentials): credentials
        }
    }

    /// Where to ask for a tunnel to the destination.
    var tunnel: SocketAddress? { if case .intercepted(let proxy, _) = self { proxy } else { nil } }
}

/// The head of a request as Prometheus 3 sends it (vectors/wire).
enum PrometheusRequest {
    private static let accept =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

    /// - Parameter timeout: seconds.
    static func head(_ target: ScrapeTarget, by route: ScrapeRoute, token: String, timeout: Double) -> [UInt8] {
        let line =
            switch route {
            case .proxy: "http://\(target.instance)\(target.path)?node=\(target.node)"
            case .intercepted: "\(target.path)?node=\(target.node)"
            case .direct: target.path
            }
        let seconds = timeout == timeout.rounded() ? "\(Int(timeout))" : "\(timeout)"
        return Array(
            ("GET \(line) HTTP/1.1\r\nHost: \(target.instance)\r\nUser-Agent: Prometheus/3.5.3\r\nAccept: \(accept)\r\n"
                + "Accept-Encoding: gzip\r\nAuthorization: Bearer \(token)\r\n"
                + "X-Prometheus-Scrape-Timeout-Seconds: \(seconds)\r\n\r\n").utf8)
    }
}
