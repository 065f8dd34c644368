import ArgumentParser

/// How scrapes come in to the proxy (spec 3).
enum ScrapeDoor: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
    /// Absolute-form with the claim parameter.
    case absolute
    /// CONNECT, and TLS that the proxy ends.
    case intercepted
}
