/// One reading of a configuration: collects what is wrong, and remembers which line or flag each key came from.
final class SettingsDraft {
    private let file: String
    private let unavailable: [NotYetAvailable]
    private var lines: [String: Int] = [:]
    private var flags: [String: String] = [:]
    private var found: [SettingsError] = []
    private var refused: Set<String> = []

    init(file: String, unavailable: [NotYetAvailable]) {
        self.file = file
        self.unavailable = unavailable
    }

    /// In the order of the file; then those that belong to no line, then the flags'.
    var errors: [SettingsError] {
        found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
    }

    /// How many errors were found so far.
    var errorCount: Int { found.count }

    func note(_ key: String, line: Int) {
        lines[key] = lines[key] ?? line
    }

    func note(_ key: String, flag: String) {
        flags[key] = flag
    }

    /// Adds an error about a key at the flag or line that it came from; `line` where a key stands twice.
    func refuse(_ key: String, line: Int? = nil, _ message: String) {
        refused.insert(key)
        let place =
            if let flag = flags[key] {
                SettingsError.Place.flag(flag)
            } else {
                SettingsError.Place.file(file, line: line ?? nearestLine(key))
            }
        found.append(SettingsError(place: place, key: key, message: message))
    }

    /// Adds an error about keys that don't go together, at the first of them; but not if one of them was refused
    /// already: its default stands in for it, and it wasn't the default that the operator wanted.
    func refuse(together keys: [String], _ message: String) {
        guard !keys.contains(where: refused.contains) else { return }
        refuse(keys[0], message)
    }

    /// Whether a value other than the default is refused because its behaviour is still to come.
    func refuseIfUnavailable(_ key: String, spelled text: String) -> Bool {
        guard unavailable.contains(where: { $0.covers(key, spelled: text) }) else { return false }
        refuse(key, "\(text) is not yet available: remove the key, its default stays in force")
        return true
    }

    /// The line of the key, or of the section that it would stand in.
    private func nearestLine(_ key: String) -> Int? {
        var path = key[...]
        while true {
            if let line = lines[String(path)] { return line }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<end]
        }
    }
}

extension SettingsError {
    fileprivate var rank: Int {
        switch place {
        case .file(_, let line?): line
        case .file(_, nil): .max - 1
        case .flag: .max
        }
    }
}
