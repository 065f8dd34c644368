/// What the rules can do to the series of one scrape, found out before the first of them: in doubt, that they can.
package struct RelabelTraits: Equatable, Sendable {
    /// Nothing is to be done at all: the bytes may pass (spec 7.1).
    package var isIdentity = false

    /// Apart from series that ``ScrapeRelabeler/dropsSeries(named:)`` drops, all there is to do is to write
    /// ``ScrapeRelabeler/constantLabels`` (spec 7.4). It holds for series without ``reservedLabelsNeedRules`` labels.
    package var isStampsOnly = false

    /// A series that has a label of its own beginning with `__`, other than `__name__`, has to go through the rules even
    /// where ``isStampsOnly``.
    package var reservedLabelsNeedRules = false

    /// A rule drops every series of this scrape, whatever it is.
    package var dropsEverything = false

    /// A series can be dropped, be it by its name, by a rule, or because no label is left.
    package var canDrop = false

    /// Some series are dropped for their name alone: ``ScrapeRelabeler/dropsSeries(named:)``.
    package var dropsByName = false

    /// `__name__` can change or go.
    package var canRename = false

    /// Two series can become equal (spec 7.8).
    package var merging = Merging.never

    /// A rule could tell `_bucket`, `_sum`, `_count`, `le` or `quantile` of one family apart, so that protobuf won't do
    /// (spec 7.6).
    package var tellsPartsApart = false

    package enum Merging: Sendable {
        case never
        /// Only two that both carry, in the body, a label with the name of a stamp, or one that begins with `exported_`.
        case betweenCarriers
        case anywhere
    }
}

/// A label to write on every series of a scrape.
package struct ConstantLabel: Equatable, Sendable {
    package let name: String
    /// Empty: a label of that name is to be removed.
    package let value: String
    package let whenPresent: WhenPresent

    package init(name: String, value: String, whenPresent: WhenPresent) {
        self.name = name
        self.value = value
        self.whenPresent = whenPresent
    }

    /// What becomes of a label of that name in the body; an empty one counts as none.
    package enum WhenPresent: Sendable {
        /// Kept as `exported_<name>`, the prefix repeated until the name is free.
        case rename
        /// Stays, and the constant is not written.
        case keep
        case overwrite
    }
}
