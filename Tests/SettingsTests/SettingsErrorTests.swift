import Testing

@testable import Settings

@Suite("A wrong setting is refused with line, key, fact and remedy")
struct SettingsErrorTests {
    /// A configuration and the errors it leads to.
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        let errors: [String]
        var testDescription: String { yaml }

        init(_ yaml: String, _ errors: String...) {
            self.yaml = yaml
            self.errors = errors
        }
    }

    @Test(
        "unknown keys",
        arguments: [
            Case("mod: enforce", "c.yaml:1: mod: unknown key, did you mean mode?"),
            Case(
                "limits:\n  connections: 5\n\n  headerSize: 1KB",
                "c.yaml:4: limits.headerSize: unknown key, did you mean header_size?"),
            Case("admin: {addres: 1}", "c.yaml:1: admin.addres: unknown key, did you mean address?"),
            Case("upsteram: {}", "c.yaml:1: upsteram: unknown key, did you mean upstream?"),
            Case("log: {colour: red}", "c.yaml:1: log.colour: unknown key: known here are level, format"),
            Case(
                "listeners:\n- address: 127.0.0.1:1\n  tls: x",
                "c.yaml:3: listeners[0].tls: unknown key: known here are address, web_config_file, authentication, "
                    + "insecure_anonymous, interception"),
            Case(
                "log: &l {level: info}\nadmin:\n  <<: *l",
                "c.yaml:3: admin.<<: YAML's merge keys are not supported: repeat the keys"),
        ])
    func unknownKeys(_ example: Case) { expect(example) }

    @Test(
        "duplicate keys, all of them",
        arguments: [
            Case("mode: enforce\nmode: observe", "c.yaml:2: mode: set twice, first in line 1: remove one"),
            Case(
                "limits:\n  sample_limit: 1\n  connections: 2\n  sample_limit: 3\nlog:\n  level: info\nlimits: {}\nlimits: {}",
                "c.yaml:4: limits.sample_limit: set twice, first in line 2: remove one",
                "c.yaml:7: limits: set twice, first in line 1: remove one",
                "c.yaml:8: limits: set twice, first in line 1: remove one"),
            Case("\"mode\": enforce\n'mode': observe", "c.yaml:2: mode: set twice, first in line 1: remove one"),
            Case("{mode: enforce, mode: enforce}", "c.yaml:1: mode: set twice, first in line 1: remove one"),
            Case(
                "upstream:\n  ports:\n    10255: http\n    \"10255\": https",
                "c.yaml:4: upstream.ports.10255: set twice, first in line 3: remove one"),
            Case(
                "stamp:\n  a: __address__\n  a: __address__",
                "c.yaml:3: stamp.a: set twice, first in line 2: remove one"),
            Case("\r\nmode: enforce\r\nmode: enforce\r\n", "c.yaml:3: mode: set twice, first in line 2: remove one"),
            Case("? &k mode\n: enforce\n? mode\n: enforce", "c.yaml:1: set twice: mode: remove one"),
        ])
    func duplicateKeys(_ example: Case) { expect(example) }

    @Test(
        "values of the wrong type",
        arguments: [
            Case("- mode", "c.yaml:1: a list, expected keys with their values"),
            Case("just text", "c.yaml:1: \"just text\", expected keys with their values"),
            Case("mode: [enforce]", "c.yaml:1: mode: a list, expected one value"),
            Case("mode: {a: b}", "c.yaml:1: mode: a section, expected one value"),
            Case("limits: 5", "c.yaml:1: limits: \"5\", expected a section of keys with their values"),
            Case("limits: [a]", "c.yaml:1: limits: a list, expected a section of keys with their values"),
            Case(
                "listeners: {address: 127.0.0.1:1}",
                "c.yaml:1: listeners: a section, expected a list: begin each item with \"- \""),
            Case(
                "listeners:\n- 127.0.0.1:9480",
                "c.yaml:2: listeners[0]: \"127.0.0.1:9480\", expected a section of keys with their values"),
            Case("listeners:\n-", "c.yaml:2: listeners[0]: an empty item: remove it"),
            Case(
                "upstream:\n  paths: /metrics",
                "c.yaml:2: upstream.paths: \"/metrics\", expected a list: begin each item with \"- \""),
            Case("upstream: {paths: [[a]]}", "c.yaml:1: upstream.paths[0]: a list, expected one value"),
            Case("honor_labels: 1", "c.yaml:1: honor_labels: \"1\" is neither true nor false"),
            Case("honor_labels: \"true\"", "c.yaml:1: honor_labels: \"true\" in quotes: write true or false without"),
            Case("mode: Enforce", "c.yaml:1: mode: \"Enforce\" is none of enforce, observe"),
            Case("mode:", "c.yaml:1: mode: \"\" is none of enforce, observe"),
            Case("? [a]\n: b", "c.yaml:1: a list or a section as a key: keys are words"),
        ])
    func wrongTypes(_ example: Case) { expect(example) }

    @Test(
        "numbers, durations, sizes and addresses",
        arguments: [
            Case("limits: {tunnels: many}", "c.yaml:1: limits.tunnels: \"many\" is no whole number: write 1 or more"),
            Case(
                "limits: {tunnels: \"5\"}", "c.yaml:1: limits.tunnels: \"5\" is a text: write the number without quotes"
            ),
            Case("limits: {tunnels: 0}", "c.yaml:1: limits.tunnels: 0 is out of range: 1 to 1000000"),
            Case("limits: {tunnels: -5}", "c.yaml:1: limits.tunnels: -5 is out of range: 1 to 1000000"),
            Case("limits: {tunnels: 010}", "c.yaml:1: limits.tunnels: \"010\" is no whole number: write 1 or more"),
            Case("limits: {tunnels: 1.5}", "c.yaml:1: limits.tunnels: \"1.5\" is no whole number: write 1 or more"),
            Case(
                "limits: {sample_limit: -1}", "c.yaml:1: limits.sample_limit: -1 is out of range: 0 to 1000000000"),
            Case(
                "limits: {idle_timeout: 30}",
                "c.yaml:1: limits.idle_timeout: \"30\" is no duration: write a number with its unit "
                    + "(ms, s, m, h, d, w, y), such as 500ms, 30s or 1h30m"),
            Case("limits: {idle_timeout: 0s}", "c.yaml:1: limits.idle_timeout: 0s is out of range: 1ms to 1y"),
            Case("shutdown_timeout: 2y", "c.yaml:1: shutdown_timeout: 2y is out of range: 0s to 1y"),
            Case(
                "limits: {header_size: 64}",
                "c.yaml:1: limits.header_size: \"64\" is no size: write a number with its unit "
                    + "(B, KB, MB, GB, KiB, MiB, GiB), such as 64KiB or 16MB"),
            Case("limits: {header_size: 1GB}", "c.yaml:1: limits.header_size: 1GB is out of range: 256B to 16MiB"),
            Case(
                "admin: {address: localhost}",
                "c.yaml:1: admin.address: \"localhost\" is no address to listen on: write IP:PORT ([IP]:PORT for IPv6), "
                    + ":PORT for every interface, or unix:/PATH"),
            Case(
                "listeners: [{address: \"unix:run/p.sock\"}]",
                "c.yaml:1: listeners[0].address: \"unix:run/p.sock\" is no Unix socket: write unix:/PATH, absolute and of at "
                    + "most 107 bytes"),
        ])
    func scalars(_ example: Case) { expect(example) }

    @Test(
        "names, ports, paths and stamps",
        arguments: [
            Case(
                "claims: {parameter: \"a b\"}",
                "c.yaml:1: claims.parameter: \"a b\" is no parameter name: use letters, digits, \"_\", \"-\" and \".\""),
            Case(
                "upstream: {ports: {http: http}}",
                "c.yaml:1: upstream.ports.http: no port: write kubelet or a number from 1 to 65535"),
            Case(
                "upstream: {ports: {010255: http}}",
                "c.yaml:1: upstream.ports.010255: no port: write kubelet or a number from 1 to 65535"),
            Case(
                "upstream: {ports: {10255: tcp}}",
                "c.yaml:1: upstream.ports.10255: \"tcp\" is none of http, https"),
            Case(
                "upstream: {ports: {}}",
                "c.yaml:1: upstream.ports: an empty section, nothing could be scraped: name a port"),
            Case(
                "upstream: {paths: []}",
                "c.yaml:1: upstream.paths: an empty list, nothing could be scraped: name a path"),
            Case(
                "upstream:\n  paths:\n  - metrics\n  - /metrics?x\n  - /a/../metrics\n  - /a/\n  - /exec/x\n"
                    + "  - /metrics\n  - /metrics",
                "c.yaml:3: upstream.paths[0]: \"metrics\" is no path: begin it with /",
                "c.yaml:4: upstream.paths[1]: \"/metrics?x\" has a query, an escape or a character that a path can't "
                    + "have: write the bare path",
                "c.yaml:5: upstream.paths[2]: \"/a/../metrics\" has empty or dot segments: write it as the kubelet sees "
                    + "it, without / at the end",
                "c.yaml:6: upstream.paths[3]: \"/a/\" has empty or dot segments: write it as the kubelet sees it, "
                    + "without / at the end",
                "c.yaml:7: upstream.paths[4]: /exec is never proxied, it is no place for metrics: remove it",
                "c.yaml:9: upstream.paths[6]: /metrics is paths[5] already: remove one"),
            Case(
                "listeners: []",
                "c.yaml:1: listeners: an empty list, no scrape could come in: name an address or remove "
                    + "the key"),
        ])
    func words(_ example: Case) { expect(example) }

    @Test("stamps that spec 7.2 refuses")
    func stamps() {
        let lines = errors(
            of: """
                stamp:
                  le: __address__
                  quantile: __address__
                  __name__: __address__
                  "": __address__
                  a: __metrics_path__
                  b:
                  c: [__address__]
                """)
        #expect(
            lines.map { $0.prefix { $0 != "\"" } } == [
                "c.yaml:2: stamp.le: ", "c.yaml:3: stamp.quantile: ", "c.yaml:4: stamp.__name__: ",
                "c.yaml:5: stamp.: ", "c.yaml:6: stamp.a: ", "c.yaml:7: stamp.b: ",
                "c.yaml:8: stamp.c: a list, expected one value",
            ])
    }

    @Test(
        "relabel rules",
        arguments: [
            Case(
                "metric_relabel_configs:\n- action: drop\n- action: reject",
                "c.yaml:3: metric_relabel_configs[1]: unknown relabel action \"reject\""),
            Case(
                "metric_relabel_configs:\n- action: replace\n  regexp: a",
                "c.yaml:2: metric_relabel_configs[0]: relabel configuration for replace action requires 'target_label' "
                    + "value",
                "c.yaml:3: metric_relabel_configs[0].regexp: unknown key, did you mean regex?"),
            Case(
                "metric_relabel_configs:\n- action: hashmod\n  modulus: -1",
                "c.yaml:3: metric_relabel_configs[0].modulus: \"-1\" is no whole number: write 1 or more, without quotes"
            ),
            Case(
                "metric_relabel_configs:\n- action: keep\n  source_labels: a",
                "c.yaml:3: metric_relabel_configs[0].source_labels: \"a\", expected a list: begin each item with \"- \""
            ),
            Case("metric_relabel_configs:\n- ~", "c.yaml:2: metric_relabel_configs[0]: an empty item: remove it"),
        ])
    func rules(_ example: Case) { expect(example) }

    @Test("a malformed regex, with the rule's line")
    func regex() {
        let lines = errors(of: "metric_relabel_configs:\n- action: drop\n- action: keep\n  regex: a(b")
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("c.yaml:3: metric_relabel_configs[1]: ") == true)
    }

    @Test(
        "text that is no YAML document",
        arguments: [
            ("mode: enforce\nlimits:\n  tunnels: 1\n bad: x\n", "c.yaml:4: not YAML: "),
            ("mode: [a\n", "c.yaml:2: not YAML: "),
            ("mode: \"a\n", "c.yaml:2: not YAML: "),
            ("\tmode: a", "c.yaml:1: not YAML: "),
            ("mode: *nowhere", "c.yaml:1: not one YAML document: "),
            ("mode: enforce\n---\nmode: observe", "c.yaml:2: not one YAML document: but found another document"),
            ("mode: enforce\nlog: \u{1}", "c.yaml:2: not YAML: "),
            ("\nmode: !!binary ZW5mb3JjZQ==", "c.yaml:2: the tag tag:yaml.org,2002:binary is not supported"),
        ])
    func syntax(yaml: String, beginning: String) {
        let lines = errors(of: yaml)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(beginning) == true, "\(lines)")
    }

    @Test("aliases that make a short file endless")
    func billionLaughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<8 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        let lines = errors(of: text)
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("over 100000 values: use fewer aliases") == true)
    }

    @Test("all errors of a file, in its order")
    func allOfThem() {
        let lines = errors(
            of: """
                shutdown_timeout: soon
                limits:
                  tunnels: 0
                  tunnels: 1
                  nonsense: 1
                mode: dry
                admin:
                  address: here
                """)
        #expect(
            lines.map { $0.split(separator: ": ").prefix(2).joined(separator: ": ") } == [
                "c.yaml:1: shutdown_timeout", "c.yaml:3: limits.tunnels", "c.yaml:4: limits.tunnels",
                "c.yaml:5: limits.nonsense", "c.yaml:6: mode", "c.yaml:8: admin.address",
            ])
    }

    private func expect(_ example: Case, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(errors(of: example.yaml) == example.errors, sourceLocation: sourceLocation)
    }
}

/// The error lines of a configuration, none where it is taken.
func errors(
    of yaml: String, file: String = "c.yaml", overrides: SettingsOverrides = SettingsOverrides(),
    unavailable: [NotYetAvailable] = NotYetAvailable.table
) -> [String] {
    do throws(SettingsErrors) {
        _ = try ProxySettings(yaml: yaml, file: file, overrides: overrides, unavailable: unavailable)
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}
