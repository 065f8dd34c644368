/// Who a kubelet says it is in a body of metrics (spec 6.1 c): the label of `kubelet_node_name` in `/metrics`, those of the
/// `machine_*` families in `/metrics/cadvisor`.
package struct ShownIdentity: Sendable, Equatable {
    package var nodeName: String?
    /// Empty where they were not shown.
    package var machineID = ""
    package var systemUUID = ""
    package var bootID = ""

    package init(nodeName: String? = nil, machineID: String = "", systemUUID: String = "", bootID: String = "") {
        self.nodeName = nodeName
        self.machineID = machineID
        self.systemUUID = systemUUID
        self.bootID = bootID
    }

    package var hasMachine: Bool { !machineID.isEmpty || !systemUUID.isEmpty }

    /// The families that are worth a look.
    static let nodeFamily = "kubelet_node_name"
    static let machinePrefix = "machine_"

    /// Takes a label of a series in one of them. The first mention counts.
    mutating func take(label: String, value: String, ofFamily family: Family) {
        switch (family, label) {
        case (.node, "node"): if nodeName == nil, !value.isEmpty { nodeName = value }
        case (.machine, "machine_id"): if machineID.isEmpty { machineID = value }
        case (.machine, "system_uuid"): if systemUUID.isEmpty { systemUUID = value }
        case (.machine, "boot_id"): if bootID.isEmpty { bootID = value }
        default: break
        }
    }

    enum Family {
        case node
        case machine

        init?(_ name: some StringProtocol) {
            if name == ShownIdentity.nodeFamily {
                self = .node
            } else if name.hasPrefix(ShownIdentity.machinePrefix) {
                self = .machine
            } else {
                return nil
            }
        }
    }
}
