/// What the command line says on top of the file; nil: the file counts.
package struct SettingsOverrides: Sendable {
    /// `--nodes-file`
    package var nodesFile: String?
    /// `--kubeconfig`
    package var kubeconfig: String?
    /// `--listen`
    package var listenAddress: String?
    /// `--admin`
    package var adminAddress: String?
    /// `--log-level`
    package var logLevel: String?
    /// `--log-format`
    package var logFormat: String?
    /// `--mode`
    package var mode: String?
    /// `--insecure-anonymous`
    package var insecureAnonymous = false
    /// `--allow-loopback-nodes`
    package var allowLoopbackNodes = false

    package init() {}
}
