/// How to reach one Kubernetes API server and who we are there; from a kubeconfig or a service account.
package struct KubernetesAccess: Sendable, Equatable {
    /// Scheme, host, and port or path where there is one; no slash at the end.
    package var server: String
    /// From `proxy-url`, which may hold a password; nil leaves it to HTTPS_PROXY and NO_PROXY.
    package var proxy: Secret?
    package var trust: Trust
    package var clientCertificate: ClientCertificate?
    package var credential: Credential
    /// What a kubeconfig calls them; nil for a service account.
    package var context: String?
    package var user: String?
    /// Names the place these came from in messages: a file, or `service account`.
    package var origin: String

    /// A file is read again for each connection, so that it may be rotated.
    package enum PEM: Sendable, Equatable {
        case file(String)
        case data(Secret)
    }

    package enum Trust: Sendable, Equatable {
        /// Nil: what the system trusts. The server name is checked in place of the host of `server`.
        case authority(PEM?, serverName: String?)
        /// `insecure-skip-tls-verify`
        case anyone(serverName: String?)
    }

    package struct ClientCertificate: Sendable, Equatable {
        package var certificate: PEM
        package var key: PEM
    }

    package enum Credential: Sendable, Equatable {
        case none
        case token(Secret)
        /// Read again when it changes, as kubelets rotate it.
        case tokenFile(String)
        case password(user: String, Secret)
    }

    package init(
        server: String, proxy: Secret? = nil, trust: Trust = .authority(nil, serverName: nil),
        clientCertificate: ClientCertificate? = nil, credential: Credential = .none, origin: String = "configuration"
    ) {
        self.server = server
        self.proxy = proxy
        self.trust = trust
        self.clientCertificate = clientCertificate
        self.credential = credential
        self.origin = origin
    }
}

// MARK: - Where it comes from

extension KubernetesAccess {
    package static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The access that settings and surroundings ask for: the kubeconfig named; else, unless a context is named, the
    /// service account of the pod; else the files in `$KUBECONFIG`; else `~/.kube/config`.
    ///
    /// - Parameters:
    ///   - kubeconfig: a path, or empty.
    ///   - context: the name of a context, or empty for the current one.
    package static func find(
        kubeconfig: String, context: String, environment: [String: String],
        serviceAccountDirectory: String = Self.serviceAccountDirectory
    ) throws(DocumentError) -> KubernetesAccess {
        if !kubeconfig.isEmpty {
            return try KubeConfig(path: kubeconfig).access(context: context)
        }
        if context.isEmpty, let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty {
            return try serviceAccount(host: host, environment: environment, directory: serviceAccountDirectory)
        }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try KubeConfig(searching: list).access(context: context)
        }
        let home = environment["HOME"] ?? ""
        let path = home + "/.kube/config"
        guard !home.isEmpty, FileStamp(path: path) != nil else {
            throw DocumentError(
                source: "Kubernetes API",
                problem: "no way to it: not in a pod, $KUBECONFIG is not set and there is no ~/.kube/config; "
                    + "name a kubeconfig or a nodes file")
        }
        return try KubeConfig(path: path).access(context: context)
    }

    private static func serviceAccount(
        host: String, environment: [String: String], directory: String
    ) throws(DocumentError) -> KubernetesAccess {
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let token = directory + "/token"
        let authority = directory + "/ca.crt"
        for path in [token, authority] where FileStamp(path: path) == nil {
            throw DocumentError(
                source: path,
                problem: "missing, though $KUBERNETES_SERVICE_HOST says that this is a pod: "
                    + "set automountServiceAccountToken, or name a kubeconfig")
        }
        return KubernetesAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            trust: .authority(.file(authority), serverName: nil), credential: .tokenFile(token),
            origin: "service account")
    }
}
