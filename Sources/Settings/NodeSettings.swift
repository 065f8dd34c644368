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
