import Testing

@testable import Settings

@Suite("A key whose behaviour is still to come")
struct NotYetAvailableTests {
    @Test(
        "is refused with anything but its default",
        arguments: [
            ("listeners: [{web_config_file: /dev/null}]", "listeners[0].web_config_file: /dev/null"),
            ("listeners: [{}, {address: \":1\", authentication: basic}]", "listeners[1].authentication: basic"),
            ("admin: {web_config_file: web.yml}", "admin.web_config_file: web.yml"),
            ("nodes: {state_file: /var/lib/state}", "nodes.state_file: /var/lib/state"),
            ("upstream: {authorization: service_account}", "upstream.authorization: service_account"),
            ("upstream: {coalesce: true}", "upstream.coalesce: true"),
        ])
    func refused(yaml: String, beginning: String) {
        let expected = "c.yaml:1: \(beginning) is not yet available: remove the key, its default stays in force"
        #expect(errors(of: yaml).contains(expected), "\(errors(of: yaml))")
    }

    @Test(
        "is taken with its default",
        arguments: [
            "listeners: [{web_config_file: \"\", authentication: none, interception: {ca_cert_file: \"\"}}]",
            "nodes: {state_file: }", "verify_identity: off", "verify_identity: opportunistic",
            "verify_identity: require", "upstream: {via: direct, authorization: none, coalesce: no}",
        ])
    func taken(yaml: String) {
        #expect(errors(of: yaml) == [])
    }

    @Test("may be a whole list or section, and is taken while that is empty")
    func collections() {
        let rows = [NotYetAvailable(key: "stamp"), NotYetAvailable(key: "metric_relabel_configs")]
        #expect(errors(of: "stamp: {}\nmetric_relabel_configs: []", unavailable: rows) == [])
        #expect(
            errors(of: "stamp: {a: __address__}\nmetric_relabel_configs:\n- action: drop", unavailable: rows) == [
                "c.yaml:1: stamp: a section is not yet available: remove the key, its default stays in force",
                "c.yaml:2: metric_relabel_configs: a list is not yet available: remove the key, its default stays in force",
            ])
    }
}
