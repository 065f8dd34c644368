import Relabeling
import Testing

@Suite struct RelabelConfigTests {
    struct Fields: Sendable {
        var action: String?
        var sourceLabels: [String]?
        var separator: String?
        var regex: String?
        var modulus: UInt64?
        var targetLabel: String?
        var replacement: String?

        func config() throws(RelabelConfigError) -> RelabelConfig {
            try RelabelConfig(
                action: action, sourceLabels: sourceLabels, separator: separator, regex: regex, modulus: modulus,
                targetLabel: targetLabel, replacement: replacement)
        }
    }

    @Test("A rule of a target alone has Prometheus' defaults")
    func defaults() throws {
        let config = try RelabelConfig(targetLabel: "a")
        #expect(config.action == .replace)
        #expect(config.sourceLabels.isEmpty)
        #expect(config.separator == ";")
        #expect(config.regex.pattern == "(.*)")
        #expect(config.modulus == 0)
        #expect(config.replacement == "$1")
    }

    @Test(
        "What Prometheus takes is taken",
        arguments: [
            Fields(action: "LabelDrop", regex: "a"),
            Fields(action: "lowercase", sourceLabels: ["a"], regex: "foo", targetLabel: "d"),
            Fields(action: "keepequal", sourceLabels: ["a"], separator: ";", targetLabel: "d", replacement: "$1"),
            Fields(action: "dropequal", targetLabel: "d"), Fields(action: "labelmap", regex: "(.*)"),
            Fields(action: "labelmap", regex: "a", replacement: "a-$1"),
            Fields(action: "labelmap", sourceLabels: ["a"], regex: "(.*)", targetLabel: "b"),
            Fields(sourceLabels: ["a"], targetLabel: "a-b"), Fields(targetLabel: "${"), Fields(targetLabel: "0${1}"),
            Fields(targetLabel: "ünïcode label"), Fields(action: "keep", sourceLabels: []), Fields(action: "drop"),
            Fields(action: "hashmod", modulus: 8, targetLabel: "h"), Fields(regex: "", targetLabel: "a"),
        ])
    func taken(fields: Fields) { #expect(throws: Never.self) { try fields.config() } }

    @Test(
        "What Prometheus refuses is refused in its words",
        arguments: [
            (Fields(), "relabel configuration for replace action requires 'target_label' value"),
            (Fields(action: "foo"), "unknown relabel action \"foo\""),
            (Fields(action: ""), "unknown relabel action \"\""),
            (Fields(action: "hashmod"), "relabel configuration for hashmod requires non-zero modulus"),
            (
                Fields(action: "hashmod", modulus: 8),
                "relabel configuration for hashmod action requires 'target_label' value"
            ),
            (
                Fields(action: "lowercase", targetLabel: "a", replacement: "b"),
                "'replacement' can not be set for lowercase action"
            ),
            (
                Fields(action: "keepequal", sourceLabels: ["a"]),
                "relabel configuration for keepequal action requires 'target_label' value"
            ),
            (
                Fields(action: "keepequal", regex: "(.*)", targetLabel: "a"),
                "keepequal action requires only 'source_labels' and `target_label`, and no other fields"
            ),
            (
                Fields(action: "dropequal", separator: ",", targetLabel: "a"),
                "dropequal action requires only 'source_labels' and `target_label`, and no other fields"
            ),
            (
                Fields(action: "dropequal", modulus: 1, targetLabel: "a"),
                "dropequal action requires only 'source_labels' and `target_label`, and no other fields"
            ),
            (
                Fields(action: "labeldrop", sourceLabels: [], regex: "a"),
                "labeldrop action requires only 'regex', and no other fields"
            ),
            (
                Fields(action: "labelkeep", regex: "a", targetLabel: "b"),
                "labelkeep action requires only 'regex', and no other fields"
            ),
            (Fields(action: "labeldrop", separator: ""), "labeldrop action requires only 'regex', and no other fields"),
            (Fields(action: "labelmap", replacement: ""), "\"\" is invalid 'replacement' for labelmap action"),
            (Fields(sourceLabels: [""], targetLabel: "a"), "\"\" is not a valid label name"),
            (
                Fields(regex: "abc(def", targetLabel: "a"),
                "error parsing regexp: missing closing ): `^(?s:abc(def)$`"
            ),
        ])
    func refused(fields: Fields, message: String) {
        let error = #expect(throws: RelabelConfigError.self) { try fields.config() }
        #expect(error?.description == message)
    }
}
