/// A key whose behaviour is still to come: refused when set to anything but its default, never silently ignored.
struct NotYetAvailable {
    /// The path, `[]` for any position of a list.
    let key: String
    /// The values that are still to come; nil: all but the default.
    var values: [String]?

    /// The one table of them. Whoever makes a key work removes its row.
    static let table = [
        NotYetAvailable(key: "listeners[].web_config_file"),
        NotYetAvailable(key: "listeners[].authentication"),
        NotYetAvailable(key: "admin.web_config_file"),
        NotYetAvailable(key: "nodes.state_file"),
        NotYetAvailable(key: "upstream.authorization", values: ["service_account", "file"]),
        NotYetAvailable(key: "upstream.authorization_file"),
        NotYetAvailable(key: "upstream.coalesce"),
    ]

    func covers(_ path: String, spelled text: String) -> Bool {
        pattern(of: path) == key && values?.contains(text) ?? true
    }

    /// `listeners[3].address` is `listeners[].address`.
    private func pattern(of path: String) -> String {
        String(path.filter { !("0"..."9").contains($0) })
    }
}
