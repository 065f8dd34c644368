import Relabeling
import Testing

/// The tables `validate` and `load` of the vectors are those of a YAML reader, and run in the tests of Settings;
/// `target_label_legacy_validity` is about names that are not UTF-8, which the proxy does not offer.
@Suite(.enabled(if: RelabelVectors.recorded != nil, "relabel.json is not here"))
struct RelabelVectorTests {
    @Test("Label sets come out as from Prometheus", arguments: RelabelVectors.recorded?.apply ?? [])
    func apply(vector: RelabelVectors.Apply) throws {
        let configs = try vector.relabelConfigs.map {
            try RelabelConfig(
                action: $0.action, sourceLabels: $0.sourceLabels, separator: $0.separator, regex: $0.regex,
                modulus: $0.modulus, targetLabel: $0.targetLabel, replacement: $0.replacement)
        }
        // Spec 7.3 goes further: labels beginning with __ that a rule added are removed at the end.
        let expected = vector.output?.filter { name, _ in
            !name.hasPrefix("__") || name == "__name__" || vector.input[name] != nil
        }
        #expect(RelabelRules(configs).relabeler(owner: [:]).relabel(vector.input) == expected)
    }

    @Test("Patterns are taken and refused, and match, as in Go", arguments: RelabelVectors.recorded?.regex ?? [])
    func regex(vector: RelabelVectors.Regex) throws {
        guard vector.valid else {
            let error = #expect(throws: RegexpSyntaxError.self) { try RelabelRegexp(vector.regex) }
            #expect(error?.description == vector.error)
            return
        }
        let regexp = try RelabelRegexp(vector.regex)
        for example in vector.cases ?? [] {
            let groups = regexp.groups(in: example.value)
            #expect(regexp.matches(example.value) == example.match, "\(example.value)")
            #expect(groups?.map { $0 ?? "" } == example.groups, "\(example.value)")
        }
    }
}
