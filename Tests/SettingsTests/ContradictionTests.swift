import Testing

@testable import Settings

@Suite("Settings that don't go together are refused")
struct ContradictionTests {
    @Test(
        "at the key that has to change",
        arguments: [
            (
                "listeners:\n- address: 10.0.0.1:9480",
                [
                    "c.yaml:2: listeners[0].address: 10.0.0.1:9480 can be reached by others, without authentication: listen "
                        + "on 127.0.0.1, or set insecure_anonymous: true (--insecure-anonymous)"
                ]
            ),
            ("listeners:\n- {address: 10.0.0.1:9480, insecure_anonymous: true}", []),
            ("listeners:\n- {address: 10.0.0.1:9480, authentication: kubernetes}", []),
            (
                "listeners:\n- address: 127.0.0.1:1\n- address: 127.0.0.1:1",
                [
                    "c.yaml:3: listeners[1].address: 127.0.0.1:1 is taken by listeners[0].address, 127.0.0.1:1: "
                        + "use another port"
                ]
            ),
            (
                "listeners:\n- {address: \":9481\", insecure_anonymous: true}",
                [
                    // The admin address is the default: no line.
                    "c.yaml: admin.address: 127.0.0.1:9481 is taken by listeners[0].address, :9481: use another port"
                ]
            ),
            ("listeners:\n- address: 127.0.0.1:0\n- address: 127.0.0.1:0", []),
            ("listeners:\n- address: 127.0.0.1:1\n- address: 127.0.0.2:1\n- address: \"[::1]:1\"", []),
            (
                "listeners:\n- address: 127.0.0.1:1\n- {address: \"[::]:1\", insecure_anonymous: true}",
                [
                    "c.yaml:3: listeners[1].address: [::]:1 is taken by listeners[0].address, 127.0.0.1:1: "
                        + "use another port"
                ]
            ),
            ("listeners:\n- address: \"[::1]:1\"\n- {address: \"0.0.0.0:1\", insecure_anonymous: true}", []),
            ("listeners:\n- address: unix:/run/a.sock\n- address: unix:/run/b.sock", []),
            (
                "listeners:\n- address: unix:/run/a.sock\nadmin:\n  address: unix:/run/a.sock",
                [
                    "c.yaml:4: admin.address: unix:/run/a.sock is taken by listeners[0].address, unix:/run/a.sock: "
                        + "use another path"
                ]
            ),
            (
                "on_stale: rewrite",
                [
                    "c.yaml:1: on_stale: rewrite needs stamp, or the answer keeps the stale name: set stamp, such as "
                        + "{node: __meta_kubernetes_node_name}"
                ]
            ),
            ("on_stale: rewrite\nstamp: {node: __meta_kubernetes_node_name}", []),
            (
                "upstream:\n  authorization: service_account",
                [
                    "c.yaml:2: upstream.authorization: lends the proxy's credentials to callers of 127.0.0.1:9480, who are "
                        + "not authenticated: set listeners[0].authentication, or authorization: forward"
                ]
            ),
            ("upstream: {authorization: service_account}\nlisteners: [{authentication: kubernetes}]", []),
            ("upstream: {via: api_server}", []),
            (
                "verify_identity: require\nupstream: {via: api_server}",
                [
                    "c.yaml:1: verify_identity: require can't be had with via: api_server, where no kubelet is seen: remove "
                        + "it, or write via: direct"
                ]
            ),
            ("upstream: {via: api_server, authorization: none}", []),
            (
                "upstream: {via: api_server}\nnodes: {file: /dev/null}",
                [
                    "c.yaml:1: upstream.via: api_server needs an API server, and nodes come from nodes.file: set "
                        + "nodes.kubernetes, or via: direct"
                ]
            ),
            (
                "upstream:\n  via: api_server\n  tls: {insecure_skip_verify: true}",
                [
                    "c.yaml:3: upstream.tls: of no use with via: api_server, the kubeconfig says whom to trust: remove it, "
                        + "or write via: direct"
                ]
            ),
            (
                "upstream: {via: api_server, authorization: service_account}\nlisteners: [{authentication: kubernetes}]",
                [
                    "c.yaml:1: upstream.authorization: of no use with via: api_server, which gets the kubeconfig's "
                        + "credentials: remove it, or write via: direct"
                ]
            ),
            (
                "upstream: {via: api_server}\nlisteners:\n- {address: \":9480\", insecure_anonymous: true}",
                [
                    "c.yaml:1: upstream.via: api_server lends the kubeconfig's credentials to callers of :9480, who are not "
                        + "authenticated: listen on 127.0.0.1, or set listeners[0].authentication"
                ]
            ),
            (
                "upstream: {authorization: file}",
                [
                    "c.yaml:1: upstream.authorization: file, but authorization_file is not set: name the file with the token"
                ]
            ),
            (
                "upstream: {authorization_file: /dev/null}",
                [
                    "c.yaml:1: upstream.authorization_file: of no use with authorization: forward: write authorization: "
                        + "file or remove it"
                ]
            ),
            (
                "upstream: {tls: {key_file: /dev/null}}",
                ["c.yaml:1: upstream.tls.key_file: set without cert_file: set both or neither"]
            ),
            (
                "listeners: [{interception: {ca_cert_file: /dev/null}}]",
                ["c.yaml:1: listeners[0].interception.ca_cert_file: set without ca_key_file: set both or neither"]
            ),
            (
                "nodes:\n  file: /dev/null\n  kubernetes: {context: c}",
                ["c.yaml:2: nodes.file: set together with nodes.kubernetes: nodes come from one of them"]
            ),
            (
                "claims:\n  uid_parameter: node",
                ["c.yaml:1: claims.parameter: node is uid_parameter as well: name two parameters"]
            ),
            (
                "upstream:\n  scrape_timeout: 200ms",
                [
                    "c.yaml:1: upstream.timeout_offset: 250ms is not less than scrape_timeout, 200ms: no time would be left"
                ]
            ),
        ] as [(String, [String])])
    func contradictions(yaml: String, lines: [String]) {
        #expect(errors(of: yaml, unavailable: []) == lines)
    }

    @Test("but not where one of them is wrong by itself: one error is enough")
    func oneError() {
        #expect(errors(of: "upstream: {scrape_timeout: 1, timeout_offset: 20s}").count == 1)
        #expect(errors(of: "listeners: [{address: x}, {}]").count == 1)
        #expect(errors(of: "upstream: {tls: {cert_file: /nowhere, key_file: /dev/null}}").count == 1)
    }
}
