import HTTP
import Identity
import Instrumentation

/// One page of the admin listener.
struct AdminPage: Sendable {
    var status = 200
    var contentType = "text/plain; charset=utf-8"
    var body: String
    /// The methods that would have been right.
    var allow: String?

    var reason: String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Error"
        }
    }
}

/// What the admin listener shows (spec 12.1).
struct AdminPages: Sendable {
    let identities: IdentityStore
    let metrics: ProxyMetrics
    /// Nil: `admin.enable_lifecycle` is off.
    let configuration: ConfigurationInForce?

    func page(at resource: PathAndQuery) -> AdminPage {
        switch resource.path {
        case "/metrics":
            AdminPage(contentType: MetricPage.contentType, body: metrics.registry.page().text)
        case "/-/healthy": AdminPage(body: "kubelet-relabel-proxy is Healthy.\n")
        case "/-/ready":
            identities.isSynced
                ? AdminPage(body: "kubelet-relabel-proxy is Ready.\n")
                : AdminPage(status: 503, body: "Not ready: no complete list of nodes yet.\n")
        case "/":
            AdminPage(body: "kubelet-relabel-proxy: /metrics, /-/healthy, /-/ready\n")
        default: AdminPage(status: 404, body: "Not found: /metrics, /-/healthy, /-/ready\n")
        }
    }

    /// Reloads the configuration.
    func reload() -> AdminPage {
        guard let configuration else {
            return AdminPage(status: 403, body: "Lifecycle API is not enabled: set admin.enable_lifecycle.\n")
        }
        guard let failure = configuration.reload() else { return AdminPage(body: "") }
        return AdminPage(status: 500, body: "failed to reload config: \(failure)\n")
    }
}
