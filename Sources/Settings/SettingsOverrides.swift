/// What the command line says on top of the file; nil: the file counts.
package struct SettingsOverrides: Sendable {
    /// `--mode`
    package var mode: String?
    /// `--listen`: where scrapes come in.
    package var listenAddress: String?
    /// `--admin-listen`
    package var adminAddress: String?
    /// `--insecure-anonymous`
    package var insecureAnonymous = false
    /// `--nodes-file`
    package var nodesFile: String?
    /// `--kubeconfig`
    package var kubeconfig: String?
    /// `--allow-loopback-nodes`
    package var allowLoopbackNodes = false
    /// `--log-level`
    package var logLevel: String?
    /// `--log-format`
    package var logFormat: String?
    /// `--context`
    package var context: String?
    /// The command `forward`; nil for others.
    package var forwarding: ForwardingOverrides?

    package init() {}
}

extension ProxySettings {
    /// All but the node source, which `readNodes` takes together with the file's.
    mutating func apply(_ overrides: SettingsOverrides, draft: SettingsDraft) {
        if let forwarding = overrides.forwarding { standAlone(forwarding, draft: draft) }
        draft.override("mode", with: overrides.mode, flag: "--mode", into: &mode, as: .choice)
        draft.override(
            "admin.address", with: overrides.adminAddress, flag: "--admin-listen", into: &admin.address,
            as: .listenAddress)
        draft.override("log.level", with: overrides.logLevel, flag: "--log-level", into: &log.level, as: .choice)
        draft.override("log.format", with: overrides.logFormat, flag: "--log-format", into: &log.format, as: .choice)
        draft.override(
            "listeners[0].address", with: overrides.listenAddress, flag: "--listen", into: &listeners[0].address,
            as: .listenAddress)
        if overrides.listenAddress != nil, listeners.count > 1 {
            draft.refuse(
                "listeners[0].address", "the file names \(listeners.count) listeners: change their addresses there")
        }
        if overrides.insecureAnonymous {
            for index in listeners.indices { listeners[index].insecureAnonymous = true }
        }
    }
}

extension SettingsDraft {
    func override<Value>(
        _ key: String, with text: String?, flag: String, into value: inout Value, as type: ScalarType<Value>
    ) {
        guard let text else { return }
        note(key, flag: flag)
        do throws(Mismatch) {
            value = try type.parse(Spelling(text: text, isPlain: true))
        } catch {
            refuse(key, error.message)
        }
    }

    /// Relative to where the command was given.
    func overrideFile(_ key: String, with path: String?, flag: String, into file: inout String?) {
        guard let path else { return }
        note(key, flag: flag)
        if let problem = FileCheck.problem(with: path) {
            refuse(key, problem)
        } else {
            file = path
        }
    }
}
