/// One address where scrapes come in.
package struct ListenerSettings: Sendable, Equatable {
    package var address = ListenAddress.loopback(port: 9480)
    /// Prometheus' web.yml: TLS, client certificates, basic auth.
    package var webConfigFile: String?
    package var authentication = CallerAuthentication.none
    /// Whether `none` is wanted on an address that others can reach (spec 11.1).
    package var insecureAnonymous = false
    /// Nil: CONNECT is tunnelled.
    package var interception: InterceptionSettings?

    package init() {}
}

/// How callers prove who they are (spec 11.1).
package enum CallerAuthentication: String, CaseIterable, Sendable {
    case none, basic
    case clientCertificate = "client_certificate"
    case kubernetes
}

/// The proxy's own CA, which signs the certificates of intercepted hosts.
package struct InterceptionSettings: Sendable, Equatable {
    package var caCertFile: String
    package var caKeyFile: String
}

/// Where the operator looks in: metrics, health, reload.
package struct AdminSettings: Sendable, Equatable {
    package var address = ListenAddress.loopback(port: 9481)
    package var webConfigFile: String?
    /// Whether POST /-/reload works.
    package var enableLifecycle = false

    package init() {}
}
