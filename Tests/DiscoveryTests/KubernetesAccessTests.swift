import Testing

@testable import Discovery

@Suite struct KubernetesAccessTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private static let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    private static let pemInBase64 =
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

    /// A kubeconfig with one context, cluster and user, all named `one`.
    private func config(cluster: String = "server: https://10.0.0.1:6443", user: String = "{}") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: one
        contexts:
        - name: one
          context: {cluster: one, user: one}
        clusters:
        - name: one
          cluster: {\(cluster)}
        users:
        - name: one
          user: \(user)
        """
    }

    private func access(_ text: String, context: String = "") throws -> KubernetesAccess {
        let path = try folder.write("config", text)
        return try KubernetesAccess.find(kubeconfig: path, context: context, environment: [:])
    }

    private func problem(_ text: String, context: String = "") -> String {
        do {
            _ = try access(text, context: context)
            return "none"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    // MARK: - One file

    @Test(
        "Everything that a cluster says",
        arguments: [
            ("server: https://10.0.0.1:6443", KubernetesAccess(server: "https://10.0.0.1:6443")),
            (
                "server: 'https://[fd00::1]/k8s/clusters/c-1/'",
                KubernetesAccess(server: "https://[fd00::1]/k8s/clusters/c-1")
            ),
            (
                "server: https://a, insecure-skip-tls-verify: true, tls-server-name: b",
                KubernetesAccess(server: "https://a", trust: .anyone(serverName: "b"))
            ),
            (
                "server: https://a, tls-server-name: b, proxy-url: 'http://u:p@proxy:3128'",
                KubernetesAccess(
                    server: "https://a", proxy: Secret("http://u:p@proxy:3128"),
                    trust: .authority(nil, serverName: "b"))
            ),
            (
                "server: https://a, certificate-authority-data: \(pemInBase64), certificate-authority: gone.crt",
                KubernetesAccess(server: "https://a", trust: .authority(.data(Secret(pem)), serverName: nil))
            ),
        ])
    func clusters(cluster: String, expected: KubernetesAccess) throws {
        var access = try access(config(cluster: cluster))
        #expect(access.context == "one" && access.user == "one")
        (access.origin, access.context, access.user) = (expected.origin, nil, nil)
        #expect(access == expected)
    }

    @Test(
        "Everything that a user says",
        arguments: [
            ("{}", .none), ("{token: t}", .token(Secret("t"))),
            ("{username: u, password: p}", .password(user: "u", Secret("p"))),
            ("{token: t, tokenFile: /none/such}", .token(Secret("t"))),
            ("{tokenFile: /none/such}", .tokenFile("/none/such")),
            ("{exec: null, token: t}", .token(Secret("t"))),
        ] as [(String, KubernetesAccess.Credential)])
    func users(user: String, expected: KubernetesAccess.Credential) throws {
        #expect(try access(config(user: user)).credential == expected)
    }

    @Test("Paths start from the file that names them")
    func relativePaths() throws {
        for name in ["ca.crt", "me.crt", "me.key", "token"] { try folder.write(name, "x") }
        let access = try access(
            config(
                cluster: "server: https://a, certificate-authority: ca.crt",
                user: "{client-certificate: ./me.crt, client-key: \(folder.path)/me.key, tokenFile: token, token: t}"))
        #expect(access.trust == .authority(.file("\(folder.path)/ca.crt"), serverName: nil))
        #expect(
            access.clientCertificate
                == .init(certificate: .file("\(folder.path)/./me.crt"), key: .file("\(folder.path)/me.key")))
        #expect(access.credential == .tokenFile("\(folder.path)/token"))
    }

    @Test("A kubeconfig in JSON")
    func json() throws {
        let access = try access(
            #"""
            {"current-context":"c","contexts":[{"context":{"cluster":"k"},"name":"c"}],
            "clusters":[{"cluster":{"server":"https://a"},"name":"k"}]}
            """#)
        #expect(access.server == "https://a")
        #expect(access.credential == .none)
    }

    @Test(
        "What can't work is refused with the file, the fact and the remedy",
        arguments: [
            ("", "config: has no current-context: run `kubectl config use-context`, or name a context"),
            ("current-context: x", "config: has no context x: it has none"),
            (
                "current-context: x\ncontexts: [{name: b}, {name: a, context: {cluster: k}}, {name: b, context: {}}]",
                "config: has no context x: it has a, b"
            ),
            (
                "current-context: x\ncontexts: [{name: x, context: {cluster: k, user: u}}]",
                "config: context x names cluster 'k', which is missing: it has none"
            ),
            (
                "current-context: x\ncontexts: [{name: x, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {}}]",
                "config: context x names user 'u', which is missing: it has none"
            ),
            ("clusters: {}", "config:1: clusters: expected a list, found an object"),
            (
                "users:\n- name: u\n  user:\n    token: 5\n",
                "config:4: users[].user.token: expected a string, found a number"
            ),
            ("users:\n- name: u\n  user: [\n", "config:4: malformed YAML: did not find expected node content"),
        ])
    func unusable(text: String, message: String) { #expect(problem(text) == message) }

    @Test(
        "A cluster that can't work",
        arguments: [
            ("{}", "server has to be a URL such as https://10.0.0.1:6443"),
            ("server: 10.0.0.1", "server has to be a URL such as https://10.0.0.1:6443"),
            (
                "server: 'https://u:hunter2@a'",
                "server has to be a URL without user, query and fragment: credentials belong in the user's entry"
            ),
            (
                "server: https://a, insecure-skip-tls-verify: true, certificate-authority-data: \(pemInBase64)",
                "insecure-skip-tls-verify and a certificate authority exclude each other: remove one"
            ),
            ("server: https://a, certificate-authority: /none", "certificate-authority names /none, which is missing"),
            ("server: https://a, certificate-authority-data: '%'", "certificate-authority-data is not base64"),
            (
                "server: https://a, certificate-authority-data: aHVudGVyMg==",
                "certificate-authority-data is not the base64 of a PEM file (-----BEGIN ...)"
            ),
        ])
    func badCluster(cluster: String, message: String) {
        #expect(problem(config(cluster: cluster == "{}" ? "" : cluster)) == "config: cluster one: \(message)")
    }

    @Test(
        "A user that can't work",
        arguments: [
            (
                "{exec: {command: aws, env: [{name: K, value: hunter2}]}}",
                "exec is not supported, for no program is run to get credentials: use the tokenFile of a service account "
                    + "(`kubectl create token`) or a client certificate"
            ),
            (
                "{auth-provider: {name: gcp}}",
                "auth-provider is not supported, for no program is run to get credentials: use the tokenFile of a service "
                    + "account (`kubectl create token`) or a client certificate"
            ),
            (
                "{username: u, password: hunter2, token: hunter2}",
                "a username and a token exclude each other: remove one"
            ),
            ("{client-certificate-data: \(pemInBase64)}", "client-certificate needs a client-key beside it"),
            ("{client-key-data: \(pemInBase64)}", "client-key needs a client-certificate beside it"),
        ])
    func badUser(user: String, message: String) {
        #expect(problem(config(user: user)) == "config: user one: \(message)")
    }

    @Test("A user of another context may have what we refuse")
    func otherUsers() throws {
        let text = config() + "\n- name: two\n  user: {exec: {command: aws}}\n"
        #expect(try access(text).server == "https://10.0.0.1:6443")
    }

    // MARK: - Several files and places

    private func cluster(_ server: String, current: String) -> String {
        """
        current-context: \(current)
        contexts: [{name: \(current), context: {cluster: k}}, {name: both, context: {cluster: \(current)}}]
        clusters: [{name: k, cluster: {server: "https://\(server)"}}, {name: \(current), cluster: {server: "https://own-\(server)"}}]
        """
    }

    @Test("Of several files the first counts, entry by entry; one that is missing is passed over")
    func merged() throws {
        let one = try folder.write("one", cluster("one", current: "first"))
        let two = try folder.write("two", cluster("two", current: "second"))
        let environment = ["KUBECONFIG": "\(folder.path)/none:\(one)::\(two)", "HOME": "/none"]
        func server(_ context: String) throws -> String {
            try KubernetesAccess.find(kubeconfig: "", context: context, environment: environment).server
        }
        #expect(try server("") == "https://one")
        #expect(try server("second") == "https://one")
        #expect(try server("both") == "https://own-one")
        #expect(throws: DocumentError.self) { try server("third") }
    }

    @Test("The place: the file named, the pod, $KUBECONFIG, the home directory")
    func places() throws {
        let named = try folder.write("named", cluster("named", current: "c"))
        let listed = try folder.write("listed", cluster("listed", current: "c"))
        let home = try ScratchFolder()
        for name in ["token", "ca.crt"] { try folder.write(name, "x") }
        var environment = [
            "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443", "KUBECONFIG": listed,
        ]
        func find(_ path: String = "", context: String = "") throws -> KubernetesAccess {
            try KubernetesAccess.find(
                kubeconfig: path, context: context, environment: environment, serviceAccountDirectory: folder.path)
        }
        #expect(try find(named).server == "https://named")
        let pod = try find()
        #expect(pod.server == "https://[fd00::1]:6443")
        #expect(pod.credential == .tokenFile("\(folder.path)/token"))
        #expect(pod.trust == .authority(.file("\(folder.path)/ca.crt"), serverName: nil))
        #expect(try find(context: "c").server == "https://listed")
        environment["KUBERNETES_SERVICE_HOST"] = nil
        #expect(try find().server == "https://listed")
        environment = ["HOME": home.path]
        #expect {
            try find()
        } throws: {
            "\($0)"
                == "Kubernetes API: no way to it: not in a pod, $KUBECONFIG is not set and there is no ~/.kube/config; "
                + "name a kubeconfig or a nodes file"
        }
        environment = ["KUBECONFIG": "/none/a:/none/b"]
        #expect { try find() } throws: { "\($0)" == "$KUBECONFIG: none of its files exists: /none/a:/none/b" }
    }

    @Test("A pod without its token is told so")
    func podWithoutToken() {
        #expect {
            try KubernetesAccess.find(
                kubeconfig: "", context: "", environment: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"],
                serviceAccountDirectory: folder.path)
        } throws: {
            "\($0)"
                == "\(folder.path)/token: missing, though $KUBERNETES_SERVICE_HOST says that this is a pod: "
                + "set automountServiceAccountToken, or name a kubeconfig"
        }
    }

    // MARK: - Secrets

    @Test("No print and no dump shows a secret")
    func secrets() throws {
        let access = try access(
            config(
                cluster: "server: https://a, proxy-url: 'http://u:hunter2@p'",
                user: "{username: u, password: hunter2, client-certificate-data: \(Self.pemInBase64), "
                    + "client-key-data: \(Self.pemInBase64)}"))
        var shown = "\(access) \(String(reflecting: access))"
        dump(access, to: &shown)
        #expect(!shown.contains("hunter2"))
        #expect(!shown.contains("BEGIN"))
        #expect(shown.contains("<secret>"))
    }
}

@Suite struct BearerTokenTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test("A token file is read again when it is replaced, and outlives its removal")
    func rotation() throws {
        let path = try folder.write("token", " one\n")
        var token = BearerToken(.tokenFile(path))
        #expect(try token.current()?.text == "one")
        try folder.write("token", "two")
        #expect(try token.current()?.text == "two")
        try folder.remove("token")
        #expect(try token.current()?.text == "two")
        var late = BearerToken(.tokenFile(path))
        #expect(throws: DocumentError.self) { try late.current() }
    }

    @Test(
        "A file that could smuggle a header, or holds nothing, is no token",
        arguments: ["", "\n", "a\nX: y", "a b", "ä"])
    func malformed(text: String) throws {
        var token = BearerToken(.tokenFile(try folder.write("token", text)))
        #expect { try token.current() } throws: {
            "\($0)" == "\(folder.path)/token: holds no token: expected one line of visible ASCII"
        }
    }

    @Test("Only tokens are shown as tokens")
    func others() throws {
        var none = BearerToken(.none)
        #expect(try none.current() == nil)
        var password = BearerToken(.password(user: "u", Secret("p")))
        #expect(try password.current() == nil)
    }
}

@Suite struct Base64Tests {
    @Test(
        "Decoded",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\nYmFy\n", "foobar"), ("w7/Dvj8+", "ÿþ?>"),
        ])
    func decoded(text: String, expected: String) throws {
        let bytes = try #require(Base64.decoded(text))
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("Refused", arguments: ["Z", "Zg", "Zg=", "Z===", "Zg==Zg==", "Zg-_", "====", "Zm9ä"])
    func refused(text: String) { #expect(Base64.decoded(text) == nil) }
}

@Suite struct ServerPlaceTests {
    @Test(
        "Host, port and path of a server",
        arguments: [
            ("https://a", "https a 443 a "), ("http://a", "http a 80 a "), ("https://a:6443", "https a 6443 a:6443 "),
            ("https://[fd00::1]:6443/k8s/c", "https [fd00::1] 6443 [fd00::1]:6443 /k8s/c"),
            ("https://[fd00::1]", "https [fd00::1] 443 [fd00::1] "),
        ])
    func parts(url: String, expected: String) {
        let place = ServerPlace(url)
        #expect("\(place.scheme) \(place.host) \(place.port) \(place.authority) \(place.path)" == expected)
    }

    @Test(
        "This machine itself",
        arguments: [
            ("http://127.0.0.1:1", true), ("https://localhost", true), ("https://[::1]:2", true),
            ("https://10.0.0.1", false),
            ("https://localhost.example.com", false),
        ])
    func loopback(url: String, expected: Bool) { #expect(ServerPlace(url).isLoopback == expected) }
}
