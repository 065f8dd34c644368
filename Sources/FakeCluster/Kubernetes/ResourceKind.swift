/// The kinds that the fake API server holds.
enum ResourceKind: CaseIterable {
    case nodes
    case leases

    var collectionPath: String {
        switch self {
        case .nodes: "/api/v1/nodes"
        case .leases: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
        }
    }

    var plural: String { self == .nodes ? "nodes" : "leases" }
    var kind: String { self == .nodes ? "Node" : "Lease" }
    var apiVersion: String { self == .nodes ? "v1" : "coordination.k8s.io/v1" }
    var group: String { self == .nodes ? "" : "coordination.k8s.io" }
    var isNamespaced: Bool { self == .leases }

    /// The object with `kind` and `apiVersion`, which lists leave out.
    func complete(_ json: [UInt8]) -> [UInt8] {
        Array("{\"kind\":\"\(kind)\",\"apiVersion\":\"\(apiVersion)\",".utf8) + json.dropFirst()
    }

    func event(_ type: String, _ json: [UInt8]) -> [UInt8] {
        Array("{\"type\":\"\(type)\",\"object\":".utf8) + complete(json) + Array("}\n".utf8)
    }

    /// A BOOKMARK: an object with nothing but a revision, and the required fields in their zero values.
    func bookmark(revision: Int, endsInitialEvents: Bool) -> [UInt8] {
        let metadata = JSONValue.present([
            "resourceVersion": "\(revision)",
            "annotations": endsInitialEvents ? ["k8s.io/initial-events-end": "true"] : nil,
        ])
        let object: JSONValue =
            switch self {
            case .nodes:
                [
                    "metadata": metadata, "spec": .empty,
                    "status": [
                        "daemonEndpoints": ["kubeletEndpoint": ["Port": 0]],
                        "nodeInfo": [
                            "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "",
                            "containerRuntimeVersion": "", "kubeletVersion": "", "kubeProxyVersion": "",
                            "operatingSystem": "", "architecture": "",
                        ],
                    ],
                ]
            case .leases: ["metadata": metadata, "spec": .empty]
            }
        return event("BOOKMARK", object.text)
    }
}
