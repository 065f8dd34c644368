// A Node as the API server writes it, key order included (vectors/kubernetes, get.alpha).

extension FakeNode {
    /// The object without `kind` and `apiVersion`, which lists leave out and `ResourceKind` adds elsewhere.
    package func json(resourceVersion: Int) -> JSONValue {
        [
            "metadata": .present([
                "name": .string(name), "uid": .string(uid), "resourceVersion": "\(resourceVersion)",
                "creationTimestamp": .string(Timestamp.text(createdAt)),
                "deletionTimestamp": deletedAt.map { .string(Timestamp.text($0)) },
                "deletionGracePeriodSeconds": deletedAt.map { _ in 0 },
                "labels": .map(labels), "annotations": .map(annotations),
                "finalizers": deletedAt.map { _ in ["example.com/held"] },
            ]),
            "spec": .present([
                "providerID": providerID.isEmpty ? nil : .string(providerID),
                "taints": taints.isEmpty
                    ? nil : .array(taints.map { ["key": .string($0.key), "effect": .string($0.effect)] }),
            ]),
            "status": .present([
                "capacity": Self.capacity, "allocatable": Self.capacity,
                "conditions": .array(conditions),
                "addresses": addresses.isEmpty
                    ? nil : .array(addresses.map { ["type": .string($0.type), "address": .string($0.value)] }),
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int(kubeletPort))]],
                "nodeInfo": machine.json,
                "images": imageCount == 0 ? nil : .array(Self.images(imageCount)),
            ]),
        ]
    }

    private static let capacity: JSONValue = [
        "cpu": "2", "ephemeral-storage": "100Gi", "hugepages-2Mi": "0", "memory": "24Gi", "pods": "110",
    ]

    private var conditions: [JSONValue] {
        var pressures: [JSONValue] = []
        for (type, reason, message) in [
            ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ] {
            // The node controller marks all conditions of a node that it lost.
            pressures.append(
                ready == .unknown
                    ? condition(type, "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
                    : condition(type, "False", reason, message))
        }
        switch ready {
        case .missing: return pressures
        case .true:
            return pressures + [condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")]
        case .false:
            return pressures + [
                condition("Ready", "False", "KubeletNotReady", "container runtime network not ready")
            ]
        case .unknown:
            return pressures + [
                condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
            ]
        }
    }

    private func condition(_ type: String, _ status: String, _ reason: String, _ message: String) -> JSONValue {
        [
            "type": .string(type), "status": .string(status),
            "lastHeartbeatTime": .string(Timestamp.text(reportedAt ?? readySince)),
            "lastTransitionTime": .string(Timestamp.text(readySince)), "reason": .string(reason),
            "message": .string(message),
        ]
    }

    /// The same on all nodes, so that thousands of them are made quickly.
    private static let usualImages = (0..<50).map(image)

    private static func images(_ count: Int) -> [JSONValue] {
        count <= usualImages.count ? Array(usualImages.prefix(count)) : (0..<count).map(image)
    }

    private static func image(_ index: Int) -> JSONValue {
        let digest = DerivedID.hex("image", "\(index)")
        return [
            "names": [
                "registry.example/library/workload-\(index)@sha256:\(digest)",
                "registry.example/library/workload-\(index):v1.\(index).0",
            ],
            "sizeBytes": .integer(1_997_565 + index * 4096),
        ]
    }
}

extension FakeNode.Machine {
    fileprivate var json: JSONValue {
        [
            "machineID": .string(machineID), "systemUUID": .string(systemUUID), "bootID": .string(bootID),
            "kernelVersion": "6.1.0-lab", "osImage": "Debian GNU/Linux 12 (bookworm)",
            "containerRuntimeVersion": "containerd://2.1.9", "kubeletVersion": "v1.36.2", "kubeProxyVersion": "",
            "operatingSystem": "linux", "architecture": "amd64",
        ]
    }
}
