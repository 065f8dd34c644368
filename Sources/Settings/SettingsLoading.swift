import Foundation

extension ProxySettings {
    /// Reads and checks a configuration file, with the command line's flags on top; no file: flags and defaults alone.
    /// `serve`, `check-config` and a reload share it.
    package static func load(
        file: String?, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(SettingsErrors) -> ProxySettings {
        guard let file else { return try ProxySettings(yaml: "", file: "", overrides: overrides) }
        if let problem = FileCheck.problem(with: file) {
            throw SettingsErrors(file: file, problem)
        }
        let content: Data
        do {
            // Not `Data(contentsOf:)`, which refuses what has no length: `--config <(...)` is a pipe.
            content = try FileHandle(forReadingFrom: URL(fileURLWithPath: file)).readToEnd() ?? Data()
        } catch {
            throw SettingsErrors(file: file, "can't be read: \(error.localizedDescription)")
        }
        guard let text = String(data: content, encoding: .utf8) else {
            throw SettingsErrors(file: file, "not UTF-8 text: save it as UTF-8")
        }
        return try ProxySettings(yaml: text, file: file, overrides: overrides)
    }

    /// - Parameter file: what errors call the text, and the place that relative paths in it start from.
    package init(
        yaml text: String, file: String, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(SettingsErrors) {
        try self.init(yaml: text, file: file, overrides: overrides, unavailable: NotYetAvailable.table)
    }

    init(
        yaml text: String, file: String, overrides: SettingsOverrides, unavailable: [NotYetAvailable]
    ) throws(SettingsErrors) {
        self.init()
        let draft = SettingsDraft(file: file, unavailable: unavailable)
        let folder = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : ""
        var entries: [YAMLTree.Entry] = []
        do throws(YAMLSyntaxError) {
            let root = try YAMLTree(parsing: text)
            switch root?.content {
            case nil, .null: break
            case .section(let found): entries = found
            default:
                let kind = root?.kind ?? ""
                throw YAMLSyntaxError(line: root?.line, message: "\(kind), expected keys with their values")
            }
        } catch {
            draft.refuse("", line: error.line, error.message)
        }
        read(SectionReader("", entries: entries, folder: folder, draft: draft), overrides: overrides)
        guard draft.errors.isEmpty else { throw SettingsErrors(errors: draft.errors) }
    }

    /// In the order of config.yaml.
    private mutating func read(_ root: SectionReader, overrides: SettingsOverrides) {
        root.read("mode", into: &mode, as: .choice)
        readListeners(from: root)
        readAdmin(from: root)
        readNodes(from: root, overrides: overrides)
        readClaims(from: root)
        root.read("on_stale", into: &onStale, as: .choice)
        root.read("takeover_window", into: &takeoverWindow, as: .optionalDuration)
        root.read("verify_identity", into: &verifyIdentity, as: .choice)
        readRewriting(from: root)
        readUpstream(from: root)
        readLimits(from: root)
        readLog(from: root)
        root.read("shutdown_timeout", into: &shutdownTimeout, as: .duration())
        root.refuseUnknownKeys()
        apply(overrides, draft: root.draft)
        refuseContradictions(root.draft)
    }
}

extension SettingsErrors {
    fileprivate init(file: String, _ message: String) {
        self.init(errors: [SettingsError(place: .file(file, line: nil), key: "", message: message)])
    }
}
