/// What kubeconfig files say, merged as kubectl merges them: of entries with one name, and of current contexts, the
/// first counts.
struct KubeConfig {
    var currentContext = ""
    var clusters: [String: Cluster] = [:]
    var users: [String: User] = [:]
    var contexts: [String: Context] = [:]
    /// The files, for messages.
    private var source: String

    struct Context: Equatable {
        var cluster = ""
        var user = ""
    }

    /// As the file has it, relative paths resolved; empty where it says nothing.
    struct Cluster {
        var server = ""
        var authorityFile = ""
        var authorityData = ""
        var skipsVerification = false
        var serverName = ""
        var proxyURL = ""
        var origin = ""
    }

    struct User {
        var certificateFile = ""
        var certificateData = ""
        var keyFile = ""
        var keyData = ""
        var token = ""
        var tokenFile = ""
        var username = ""
        var password = ""
        /// `exec` or `auth-provider`
        var plugin: String?
        var origin = ""
    }

    /// Reads one file, which has to exist.
    init(path: String) throws(DocumentError) {
        source = path
        try merge(path)
    }

    /// Reads the files of a `$KUBECONFIG`, separated by colons; those that don't exist are passed over.
    init(searching list: String) throws(DocumentError) {
        source = "$KUBECONFIG"
        let paths = list.split(separator: ":").map(String.init).filter { FileStamp(path: $0) != nil }
        guard !paths.isEmpty else {
            throw DocumentError(source: "$KUBECONFIG", problem: "none of its files exists: \(list)")
        }
        source = paths.joined(separator: ":")
        for path in paths { try merge(path) }
    }

    private mutating func merge(_ path: String) throws(DocumentError) {
        let text = try FileContents(path: path, limit: 16 << 20).bytes
        for document in try TextDocument.documents(in: text, source: path) {
            do throws(JSONScanner.Failure) {
                var reader = KubeConfigReader(scanner: document.scanner, path: path)
                try reader.read()
                if currentContext.isEmpty { currentContext = reader.currentContext }
                clusters.merge(reader.clusters) { first, _ in first }
                users.merge(reader.users) { first, _ in first }
                contexts.merge(reader.contexts) { first, _ in first }
            } catch {
                throw document.located(error)
            }
        }
    }
}

// MARK: - One context's access

extension KubeConfig {
    /// - Parameter name: of the context; empty for the current one.
    func access(context name: String) throws(DocumentError) -> KubernetesAccess {
        let name = name.isEmpty ? currentContext : name
        guard !name.isEmpty else {
            throw failure("has no current-context: run `kubectl config use-context`, or name a context")
        }
        guard let context = contexts[name] else {
            throw failure("has no context \(name): it has \(Self.list(contexts.keys))")
        }
        guard let cluster = clusters[context.cluster] else {
            throw failure(
                "context \(name) names cluster '\(context.cluster)', which is missing: it has \(Self.list(clusters.keys))"
            )
        }
        guard context.user.isEmpty || users[context.user] != nil else {
            throw failure(
                "context \(name) names user '\(context.user)', which is missing: it has \(Self.list(users.keys))")
        }
        let user = users[context.user] ?? User()
        var access = KubernetesAccess(
            server: try server(of: cluster, named: context.cluster),
            proxy: cluster.proxyURL.isEmpty ? nil : Secret(cluster.proxyURL),
            trust: try trust(in: cluster, named: context.cluster),
            clientCertificate: try clientCertificate(of: user, named: context.user),
            credential: try credential(of: user, named: context.user), origin: cluster.origin)
        access.context = name
        access.user = context.user.isEmpty ? nil : context.user
        return access
    }

    private func server(of cluster: Cluster, named name: String) throws(DocumentError) -> String {
        let entry = "cluster \(name): server"
        guard cluster.server.hasPrefix("https://") || cluster.server.hasPrefix("http://") else {
            throw failure("\(entry) has to be a URL such as https://10.0.0.1:6443", in: cluster.origin)
        }
        guard !cluster.server.contains(where: { $0 == "@" || $0 == "?" || $0 == "#" || $0.isWhitespace }) else {
            throw failure(
                "\(entry) has to be a URL without user, query and fragment: credentials belong in the user's entry",
                in: cluster.origin)
        }
        return String(cluster.server.reversed().drop { $0 == "/" }.reversed())
    }

    private func trust(in cluster: Cluster, named name: String) throws(DocumentError) -> KubernetesAccess.Trust {
        let serverName = cluster.serverName.isEmpty ? nil : cluster.serverName
        let authority = try pem(
            cluster.authorityFile, cluster.authorityData, "cluster \(name): certificate-authority", cluster.origin)
        guard cluster.skipsVerification else { return .authority(authority, serverName: serverName) }
        guard authority == nil else {
            throw failure(
                "cluster \(name): insecure-skip-tls-verify and a certificate authority exclude each other: remove one",
                in: cluster.origin)
        }
        return .anyone(serverName: serverName)
    }

    private func clientCertificate(
        of user: User, named name: String
    ) throws(DocumentError) -> KubernetesAccess.ClientCertificate? {
        let entry = "user \(name): client"
        let certificate = try pem(user.certificateFile, user.certificateData, "\(entry)-certificate", user.origin)
        let key = try pem(user.keyFile, user.keyData, "\(entry)-key", user.origin)
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return .init(certificate: certificate, key: key)
        case (nil, _): throw failure("\(entry)-key needs a client-certificate beside it", in: user.origin)
        case (_, nil): throw failure("\(entry)-certificate needs a client-key beside it", in: user.origin)
        }
    }

    private func credential(of user: User, named name: String) throws(DocumentError) -> KubernetesAccess.Credential {
        if let plugin = user.plugin {
            throw failure(
                "user \(name): \(plugin) is not supported, for no program is run to get credentials: use the tokenFile "
                    + "of a service account (`kubectl create token`) or a client certificate", in: user.origin)
        }
        let hasToken = !user.token.isEmpty || !user.tokenFile.isEmpty
        guard user.username.isEmpty || !hasToken else {
            throw failure("user \(name): a username and a token exclude each other: remove one", in: user.origin)
        }
        if !user.username.isEmpty { return .password(user: user.username, Secret(user.password)) }
        // kubectl's order: a file that can be read stands above the token beside it.
        let tokenFileExists = !user.tokenFile.isEmpty && FileStamp(path: user.tokenFile) != nil
        if !user.tokenFile.isEmpty, tokenFileExists || user.token.isEmpty { return .tokenFile(user.tokenFile) }
        return user.token.isEmpty ? .none : .token(Secret(user.token))
    }

    private func pem(
        _ file: String, _ data: String, _ entry: String, _ origin: String
    ) throws(DocumentError) -> KubernetesAccess.PEM? {
        guard !data.isEmpty else {
            guard !file.isEmpty else { return nil }
            guard FileStamp(path: file) != nil else {
                throw failure("\(entry) names \(file), which is missing", in: origin)
            }
            return .file(file)
        }
        guard let bytes = Base64.decoded(data), !bytes.isEmpty else {
            throw failure("\(entry)-data is not base64", in: origin)
        }
        guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
            throw failure("\(entry)-data is not the base64 of a PEM file (-----BEGIN ...)", in: origin)
        }
        return .data(Secret(bytes))
    }

    private func failure(_ problem: String, in origin: String? = nil) -> DocumentError {
        DocumentError(source: origin ?? source, problem: problem)
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let sorted = names.sorted()
        return sorted.isEmpty ? "none" : sorted.joined(separator: ", ")
    }
}
