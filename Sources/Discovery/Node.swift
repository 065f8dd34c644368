/// A Kubernetes Node object, reduced to what identifies a kubelet and labels its series (spec 4.2-4.4, 9).
///
/// Small on purpose: 65,000 of them stand in the table (spec 14.6). Two nodes are equal when every field is.
package struct Node: Sendable, Equatable {
    package var name: String
    package var uid: String
    /// Opaque: compared for equality only.
    package var resourceVersion: String
    /// In the order of the object, as spelled there: an address may be malformed (spec 4.2).
    package var addresses: [NodeAddress]
    /// `status.daemonEndpoints.kubeletEndpoint.Port`, or `defaultKubeletPort` where the object has none or 0;
    /// `undialablePort` where it has nonsense.
    package var kubeletPort: UInt16
    package var ready: ReadyCondition
    /// `metadata.creationTimestamp` and `metadata.deletionTimestamp` in Unix seconds. A node with the latter is being
    /// deleted.
    package var createdAt: Int64?
    package var deletedAt: Int64?
    package var labels: PackedPairs
    package var annotations: PackedPairs
    /// `spec.providerID`, empty where the object has none.
    package var providerID: String
    package var nodeInfo: NodeInfo

    package static let defaultKubeletPort: UInt16 = 10250
    /// Stands for a port in the object that is none, such as 70000: nothing of such a kubelet can be dialled.
    package static let undialablePort: UInt16 = 0

    package init(
        name: String, uid: String = "", resourceVersion: String = "", addresses: [NodeAddress] = [],
        kubeletPort: UInt16 = Node.defaultKubeletPort, ready: ReadyCondition = ReadyCondition(),
        createdAt: Int64? = nil, deletedAt: Int64? = nil, labels: PackedPairs = [:], annotations: PackedPairs = [:],
        providerID: String = "", nodeInfo: NodeInfo = NodeInfo()
    ) {
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.addresses = addresses
        self.kubeletPort = kubeletPort
        self.ready = ready
        self.createdAt = createdAt
        self.deletedAt = deletedAt
        self.labels = labels
        self.annotations = annotations
        self.providerID = providerID
        self.nodeInfo = nodeInfo
    }
}

/// One entry of `status.addresses`.
package struct NodeAddress: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case internalIP
        case externalIP
        case hostname
        case internalDNS
        case externalDNS
        /// A type that Kubernetes does not define.
        case other(String)

        /// From the object's spelling, such as `InternalIP`.
        package init(_ text: String) {
            self =
                switch text {
                case "InternalIP": .internalIP
                case "ExternalIP": .externalIP
                case "Hostname": .hostname
                case "InternalDNS": .internalDNS
                case "ExternalDNS": .externalDNS
                default: .other(text)
                }
        }
    }

    package var kind: Kind
    package var value: String

    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }
}

extension NodeAddress.Kind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .internalIP: "InternalIP"
        case .externalIP: "ExternalIP"
        case .hostname: "Hostname"
        case .internalDNS: "InternalDNS"
        case .externalDNS: "ExternalDNS"
        case .other(let text): text
        }
    }
}

/// The condition of type Ready.
package struct ReadyCondition: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        case `true`
        case `false`
        /// Also for a status that Kubernetes does not define.
        case unknown
        /// The object has no Ready condition.
        case missing
    }

    package var status: Status
    /// Unix seconds.
    package var lastTransition: Int64?

    package init(_ status: Status = .missing, lastTransition: Int64? = nil) {
        self.status = status
        self.lastTransition = lastTransition
    }
}

/// What tells one machine and one boot from another (`status.nodeInfo`); empty where the object has none.
package struct NodeInfo: Sendable, Equatable {
    package var machineID: String
    package var systemUUID: String
    package var bootID: String

    package init(machineID: String = "", systemUUID: String = "", bootID: String = "") {
        self.machineID = machineID
        self.systemUUID = systemUUID
        self.bootID = bootID
    }
}
