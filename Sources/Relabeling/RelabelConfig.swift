/// One rule of `metric_relabel_configs`, with Prometheus 3's defaults, validated as Prometheus does with UTF-8 names.
package struct RelabelConfig: Sendable {
    package let action: RelabelAction
    package let sourceLabels: [String]
    package let separator: String
    package let regex: RelabelRegexp
    package let modulus: UInt64
    package let targetLabel: String
    package let replacement: String

    /// The fields as YAML gives them: nil for a key that is absent. A key with null behind it is `""` (`source_labels`:
    /// nil; `action`: the reader throws ``RelabelConfigError/emptyAction``).
    package init(
        action: String? = nil, sourceLabels: [String]? = nil, separator: String? = nil, regex: String? = nil,
        modulus: UInt64? = nil, targetLabel: String? = nil, replacement: String? = nil
    ) throws(RelabelConfigError) {
        guard let knownAction = RelabelAction(name: action ?? "replace") else { throw .unknownAction(action ?? "") }
        // With UTF-8 names every text but the empty one is a name.
        if let bad = sourceLabels?.first(where: \.isEmpty) { throw .invalidLabelName(bad) }
        do {
            self.regex = try RelabelRegexp(regex ?? Self.defaultRegex)
        } catch {
            throw .invalidRegex(error)
        }
        self.action = knownAction
        self.sourceLabels = sourceLabels ?? []
        self.separator = separator ?? Self.defaultSeparator
        self.modulus = modulus ?? 0
        self.targetLabel = targetLabel ?? ""
        self.replacement = replacement ?? Self.defaultReplacement
        // Prometheus compares with its default by identity: a regex spelled out is another one, whatever it says.
        try validate(namesSources: sourceLabels != nil, namesRegex: regex != nil)
    }

    private static let defaultRegex = "(.*)"
    private static let defaultSeparator = ";"
    private static let defaultReplacement = "$1"

    private func validate(namesSources: Bool, namesRegex: Bool) throws(RelabelConfigError) {
        let onlyDefaults =
            modulus == 0 && separator == Self.defaultSeparator && replacement == Self.defaultReplacement
        switch action {
        case .replace, .hashmod, .lowercase, .uppercase, .keepequal, .dropequal:
            guard action != .hashmod || modulus != 0 else { throw .zeroModulus }
            guard !targetLabel.isEmpty else { throw .missingTargetLabel(action) }
            guard action == .replace || action == .hashmod || replacement == Self.defaultReplacement else {
                throw .replacementNotAllowed(action)
            }
            guard action != .keepequal && action != .dropequal || onlyDefaults && !namesRegex else {
                throw .onlySourceAndTargetAllowed(action)
            }
        case .labelmap:
            guard !replacement.isEmpty else { throw .invalidReplacement(replacement, action) }
        case .labeldrop, .labelkeep:
            guard onlyDefaults, !namesSources, targetLabel.isEmpty else { throw .onlyRegexAllowed(action) }
        case .keep, .drop: break
        }
    }
}
