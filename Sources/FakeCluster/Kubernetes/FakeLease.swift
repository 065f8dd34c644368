/// A node's Lease in `kube-node-lease`, which its kubelet renews every 10 s.
package struct FakeLease: Hashable, Sendable {
    /// The node's name.
    package var name: String
    /// Unix milliseconds.
    package var renewedAt: Int64
    package var durationSeconds = 40

    package init(_ name: String, renewedAt: Int64) {
        self.name = name
        self.renewedAt = renewedAt
    }

    package func json(resourceVersion: Int) -> JSONValue {
        [
            "metadata": [
                "name": .string(name), "namespace": "kube-node-lease", "uid": .string(DerivedID.uuid("lease", name)),
                "resourceVersion": "\(resourceVersion)",
                "creationTimestamp": .string(Timestamp.text(renewedAt / 1000)),
            ],
            "spec": [
                "holderIdentity": .string(name), "leaseDurationSeconds": .integer(durationSeconds),
                "renewTime": .string(Timestamp.text(milliseconds: renewedAt)),
            ],
        ]
    }
}
