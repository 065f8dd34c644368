/// What a rule does, under Prometheus' names.
package enum RelabelAction: String, CaseIterable, Sendable {
    /// Writes the expanded replacement to the target label where the regex matches the joined sources.
    case replace
    /// Drops the series unless the regex matches the joined sources.
    case keep
    /// Drops the series where the regex matches the joined sources.
    case drop
    /// Drops the series unless the joined sources equal the target label.
    case keepequal
    /// Drops the series where the joined sources equal the target label.
    case dropequal
    /// Writes the hash of the joined sources, modulo `modulus`, to the target label.
    case hashmod
    /// Copies every label whose name the regex matches to the name that the replacement expands to.
    case labelmap
    /// Removes every label whose name the regex matches.
    case labeldrop
    /// Removes every label whose name the regex does not match.
    case labelkeep
    /// Writes the joined sources in lower case to the target label.
    case lowercase
    /// Writes the joined sources in upper case to the target label.
    case uppercase

    /// Nil for what is no action. Case does not count: Prometheus takes `LabelDrop` too.
    package init?(name: String) { self.init(rawValue: name.lowercased()) }
}
