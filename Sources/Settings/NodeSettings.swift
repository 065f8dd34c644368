/// Where the identity table comes from and how it is read (spec 4).
package struct NodeSettings: Sendable, Equatable {
    package var source = NodeSourceSettings.kubernetes(KubernetesSettings())
    package var notReady = NotReadyPolicy.drop
    /// Whether loopback addresses of nodes may be dialled: for tests and demos.
    package var allowLoopbackNodes = false
    /// Nil: the last table is good for ever (spec 4.6).
    package var maxStaleness: Duration?
    package var stateFile: String?

    package init() {}
}

package enum NodeSourceSettings: Sendable, Equatable {
    /// Node objects in YAML or JSON.
    case file(String)
    case kubernetes(KubernetesSettings)
}

package struct KubernetesSettings: Sendable, Equatable {
    /// Nil: the service account in a pod; else $KUBECONFIG, ~/.kube/config.
    package var kubeconfig: String?
    /// Nil: the kubeconfig's current one.
    package var context: String?
    /// Nil: every node.
    package var labelSelector: String?

    package init() {}
}

/// Who owns an address that no Ready node claims (spec 4.4).
package enum NotReadyPolicy: String, CaseIterable, Sendable {
    case drop, sole
}

/// How scrapes say which node they are for (spec 3).
package struct ClaimSettings: Sendable, Equatable {
    package var missing = MissingClaimPolicy.dropAmbiguous
    package var parameter = "node"
    package var uidParameter = "node_uid"

    package init() {}
}

/// What becomes of a scrape that names no node (spec 3.4).
package enum MissingClaimPolicy: String, CaseIterable, Sendable {
    case dropAmbiguous = "drop_ambiguous"
    case forward, drop
}

extension ProxySettings {
    /// Reads `nodes`. A node source on the command line stands for the file's, whatever that one is.
    mutating func readNodes(from root: SectionReader, overrides: SettingsOverrides) {
        let draft = root.draft
        var file: String?
        var kubernetes = KubernetesSettings()
        root.section("nodes") { section in
            section.readFile("file", into: &file)
            section.section("kubernetes") { section in
                section.readFile("kubeconfig", into: &kubernetes.kubeconfig)
                section.read("context", into: &kubernetes.context, as: .optionalText)
                section.read("label_selector", into: &kubernetes.labelSelector, as: .optionalText)
            }
            section.read("not_ready", into: &nodes.notReady, as: .choice)
            section.read("allow_loopback_nodes", into: &nodes.allowLoopbackNodes, as: .bool)
            section.read("max_staleness", into: &nodes.maxStaleness, as: .optionalDuration)
            section.read("state_file", into: &nodes.stateFile, as: .optionalText)
        }
        if overrides.nodesFile != nil {
            kubernetes = KubernetesSettings()
        } else if overrides.kubeconfig != nil || overrides.context != nil {
            file = nil
        }
        draft.overrideFile("nodes.file", with: overrides.nodesFile, flag: "--nodes-file", into: &file)
        draft.overrideFile(
            "nodes.kubernetes.kubeconfig", with: overrides.kubeconfig, flag: "--kubeconfig",
            into: &kubernetes.kubeconfig)
        if let context = overrides.context { kubernetes.context = context }
        if overrides.allowLoopbackNodes { nodes.allowLoopbackNodes = true }

        guard let file else {
            nodes.source = .kubernetes(kubernetes)
            return
        }
        nodes.source = .file(file)
        if kubernetes != KubernetesSettings() {
            draft.refuse(together: ["nodes.file"], "set together with nodes.kubernetes: nodes come from one of them")
        }
    }

    mutating func readClaims(from root: SectionReader) {
        root.section("claims") { section in
            section.read("missing", into: &claims.missing, as: .choice)
            section.read("parameter", into: &claims.parameter, as: .parameterName)
            section.read("uid_parameter", into: &claims.uidParameter, as: .parameterName)
        }
        if claims.parameter == claims.uidParameter {
            root.draft.refuse(
                together: ["claims.parameter", "claims.uid_parameter"],
                "\(claims.parameter) is uid_parameter as well: name two parameters")
        }
    }
}
