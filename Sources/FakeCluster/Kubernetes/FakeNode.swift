import Crypto

/// A Node object as its kubelet and the node controller keep it. Change the fields, then hand it to the API server again.
package struct FakeNode: Hashable, Sendable {
    package var name: String
    package var uid: String
    /// Unix seconds.
    package var createdAt: Int64
    package var deletedAt: Int64?
    package var labels: [String: String]
    package var annotations: [String: String] = [:]
    package var taints: [Taint] = []
    package var providerID = ""
    /// As spelled: a malformed address is written as it is.
    package var addresses: [Address]
    package var kubeletPort: UInt16 = 10250
    package var ready: Ready = .true
    /// When Ready took its status, in Unix seconds.
    package var readySince: Int64
    /// When its kubelet reported last, in Unix seconds; nil: when Ready took its status.
    package var reportedAt: Int64?
    package var machine: Machine
    /// Container images on the node: each makes the object some 290 bytes longer. 45 make about the 15 KB of spec 14.5.
    package var imageCount = 0

    package struct Address: Hashable, Sendable {
        /// `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS` or `ExternalDNS`.
        package var type: String
        package var value: String

        package init(_ type: String, _ value: String) {
            self.type = type
            self.value = value
        }
    }

    package struct Taint: Hashable, Sendable {
        package var key: String
        package var effect: String

        package init(_ key: String, effect: String) {
            self.key = key
            self.effect = effect
        }
    }

    package enum Ready: String, Sendable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
        /// No Ready condition at all, as in the first moment of a node.
        case missing = ""
    }

    /// What `status.nodeInfo` says of the machine, and its kubelet repeats in `/metrics/cadvisor`.
    package struct Machine: Hashable, Sendable {
        package var machineID: String
        package var systemUUID: String
        package var bootID: String

        package init(machineID: String, systemUUID: String, bootID: String) {
            self.machineID = machineID
            self.systemUUID = systemUUID
            self.bootID = bootID
        }

        /// Ids that depend on the seed alone, so that runs can be compared.
        package init(seed: String) {
            self.init(
                machineID: String(DerivedID.hex("machine", seed).prefix(32)),
                systemUUID: DerivedID.uuid("system", seed),
                bootID: DerivedID.uuid("boot", seed))
        }
    }

    /// The moment that fake objects are created at unless told otherwise: 2026-11-24T00:09:06Z.
    package static let defaultCreation: Int64 = 1_795_478_946

    /// A Ready node with one InternalIP and its name as Hostname.
    package init(_ name: String, address: String, port: UInt16 = 10250, createdAt: Int64 = defaultCreation) {
        self.name = name
        uid = DerivedID.uuid("node", name)
        self.createdAt = createdAt
        readySince = createdAt
        labels = ["kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"]
        addresses = [Address("InternalIP", address), Address("Hostname", name)]
        kubeletPort = port
        machine = Machine(seed: name)
    }

    package mutating func mark(_ ready: Ready, at seconds: Int64? = nil) {
        self.ready = ready
        if let seconds { readySince = seconds }
        let unreachable = Taint("node.kubernetes.io/unreachable", effect: "NoSchedule")
        taints.removeAll { $0 == unreachable }
        if ready == .unknown { taints.append(unreachable) }
    }
}

/// Ids derived from what they are for.
enum DerivedID {
    static func hex(_ kind: String, _ seed: String) -> String {
        SHA256.hash(data: Array("\(kind)/\(seed)".utf8)).map { String(0x100 + Int($0), radix: 16).dropFirst() }
            .joined()
    }

    static func uuid(_ kind: String, _ seed: String) -> String {
        let digits = Array(hex(kind, seed))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}
