/// Why a relabel rule or a stamp is refused at load. Where Prometheus refuses the same, in its words, so that they can be
/// looked up.
package enum RelabelConfigError: Error, Equatable, CustomStringConvertible {
    /// A list item that is null or empty.
    case emptyRule
    /// `action:` with nothing, or null, behind it; `action: ''` is an unknown action.
    case emptyAction
    case unknownAction(String)
    case zeroModulus
    case missingTargetLabel(RelabelAction)
    case invalidTargetLabel(String, RelabelAction)
    case invalidReplacement(String, RelabelAction)
    case replacementNotAllowed(RelabelAction)
    case onlySourceAndTargetAllowed(RelabelAction)
    case onlyRegexAllowed(RelabelAction)
    case invalidLabelName(String)
    case invalidRegex(RegexpSyntaxError)
    /// Spec 7.2: `le`, `quantile`, what begins with `__`, and the empty name.
    case stampLabelNotAllowed(String)
    /// Spec 7.2: neither `__address__` nor one of `__meta_kubernetes_node_*`.
    case stampSourceNotAllowed(String, label: String)

    package var description: String {
        switch self {
        case .emptyRule: "empty or null relabeling rule"
        case .emptyAction: "relabel action cannot be empty"
        case .unknownAction(let name): "unknown relabel action \(quoted(name))"
        case .zeroModulus: "relabel configuration for hashmod requires non-zero modulus"
        case .missingTargetLabel(let action):
            "relabel configuration for \(action) action requires 'target_label' value"
        case .invalidTargetLabel(let label, let action):
            "\(quoted(label)) is invalid 'target_label' for \(action) action"
        case .invalidReplacement(let replacement, let action):
            "\(quoted(replacement)) is invalid 'replacement' for \(action) action"
        case .replacementNotAllowed(let action): "'replacement' can not be set for \(action) action"
        case .onlySourceAndTargetAllowed(let action):
            "\(action) action requires only 'source_labels' and `target_label`, and no other fields"
        case .onlyRegexAllowed(let action): "\(action) action requires only 'regex', and no other fields"
        case .invalidLabelName(let name): "\(quoted(name)) is not a valid label name"
        case .invalidRegex(let error): error.description
        case .stampLabelNotAllowed(let label):
            "\(quoted(label)) can't be stamped: choose a name other than le, quantile and those that begin with __"
        case .stampSourceNotAllowed(let source, let label):
            "\(quoted(source)) is no source for the stamp \(quoted(label)): name __address__ or a __meta_kubernetes_node_* label"
        }
    }
}

/// Text in double quotes, as Go's %q: what would not show is escaped.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
            result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
