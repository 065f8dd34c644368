/// A configuration that can't be taken over while the proxy runs; the old one stays whole in force (spec 12.4).
package struct SettingsReloadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sections that differ.
    package let keys: [String]

    package var description: String { "\(keys.joined(separator: ", ")) changed: restart to apply" }
}

extension ProxySettings {
    /// These settings replaced by others as a whole, or an error where that takes a restart: what is listened on and
    /// where nodes come from is set up once. All else counts from the next scrape on.
    package func reloaded(to next: ProxySettings) throws(SettingsReloadError) -> ProxySettings {
        var changed: [String] = []
        if listeners != next.listeners { changed.append("listeners") }
        if admin != next.admin { changed.append("admin") }
        if nodes.source != next.nodes.source { changed.append("nodes.file or nodes.kubernetes") }
        if upstream.via != next.upstream.via { changed.append("upstream.via") }
        guard changed.isEmpty else { throw SettingsReloadError(keys: changed) }
        return next
    }
}
