/// What became of a series.
package enum RelabelOutcome: Sendable {
    /// Nothing: its bytes may pass as they are.
    case unchanged
    case changed
    /// A rule dropped it.
    case dropped
    /// No label is left: it goes, too, without an error.
    case leftWithoutLabels
    /// Labels but no name: as in Prometheus, this fails the scrape (spec 7.3).
    case leftWithoutName
}
