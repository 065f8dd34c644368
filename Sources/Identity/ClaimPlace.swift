/// Where a scrape says which node it is for, and is to be corrected if it does not (spec 3).
package enum ClaimPlace: Sendable {
    /// `claims.parameter`.
    case parameter(String)
    /// The host of the target: a CONNECT has no parameter.
    case host
}
