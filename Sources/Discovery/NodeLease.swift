/// A node's Lease in `kube-node-lease` (Kubernetes `coordination.k8s.io/v1`), which its kubelet renews every 10 s while it
/// lives and reaches the API server.
package struct NodeLease: Sendable, Equatable {
    /// The node's name, which is the Lease's.
    package var node: String
    /// Unix seconds.
    package var renewedAt: Int64
    /// Seconds after which a lease that was not renewed counts as lost.
    package var duration: Int64

    /// What kubelets write (`nodeLeaseDurationSeconds`).
    package static let defaultDuration: Int64 = 40

    package init(node: String, renewedAt: Int64, duration: Int64 = NodeLease.defaultDuration) {
        self.node = node
        self.renewedAt = renewedAt
        self.duration = duration
    }

    /// Reads a Lease in JSON. Nil: it was never renewed.
    package init?(json: [UInt8]) throws(DocumentError) {
        do {
            guard let lease = try JSONScanner.lease(json) else { return nil }
            self = lease
        } catch {
            throw DocumentError(source: "lease of a node", path: error.path, problem: error.problem)
        }
    }
}

extension JSONScanner {
    fileprivate static func lease(_ json: [UInt8]) throws(Failure) -> NodeLease? {
        var scanner = JSONScanner(json)
        var lease = NodeLease(node: "", renewedAt: 0)
        var kind = ""
        var isRenewed = false
        guard try scanner.enterObject("") else { throw scanner.failure("", "expected a Lease, found null") }
        while let key = try scanner.nextKey() {
            switch key {
            case "kind": kind = try scanner.string("kind")
            case "metadata": lease.node = try scanner.leaseName()
            case "spec": isRenewed = try scanner.readLeaseSpec(into: &lease)
            default: try scanner.skip()
            }
        }
        guard scanner.peek() == nil else { throw scanner.failure("", "malformed JSON: more than one value") }
        // A gateway in front of the API server may answer 200 with a text of its own.
        guard kind == "Lease" else { throw scanner.failure("kind", "expected Lease") }
        guard !lease.node.isEmpty else { throw scanner.failure("metadata.name", "missing") }
        return isRenewed ? lease : nil
    }

    private mutating func leaseName() throws(Failure) -> String {
        var name = ""
        guard try enterObject("metadata") else { return "" }
        while let key = try nextKey() {
            if key == "name" { name = try string("metadata.name") } else { try skip() }
        }
        return name
    }

    /// - Returns: whether it was ever renewed.
    private mutating func readLeaseSpec(into lease: inout NodeLease) throws(Failure) -> Bool {
        var isRenewed = false
        guard try enterObject("spec") else { return false }
        while let key = try nextKey() {
            switch key {
            case "renewTime":
                let start = position
                let text = try string("spec.renewTime")
                guard !text.isEmpty else { continue }
                guard let seconds = Timestamp.unixSeconds(text) else {
                    throw Failure(
                        offset: start, path: "spec.renewTime",
                        problem: "expected a time such as 2026-11-24T00:09:06.123456Z")
                }
                lease.renewedAt = seconds
                isRenewed = true
            case "leaseDurationSeconds":
                let seconds = try integer("spec.leaseDurationSeconds")
                if seconds > 0 { lease.duration = Int64(seconds) }
            default: try skip()
            }
        }
        return isRenewed
    }
}
