/// The fields of a Node object (Kubernetes API v1) that `Node` keeps, out of JSON.
extension JSONScanner {
    enum NodeOrigin {
        /// A file that somebody wrote: what can't be right is an error.
        case file
        /// The API server checked the object's shape, but not that a kubelet's port is one. A kubelet writes its own
        /// Node, so an error would let a single one of them stop the list of all.
        case api
    }

    /// Absent fields get `Node`'s defaults.
    mutating func node(from origin: NodeOrigin) throws(Failure) -> Node {
        var node = Node(name: "")
        let start = position
        guard try enterObject("") else { throw failure("", "expected a Node object, found null") }
        while let key = try nextKey() {
            switch key {
            case "metadata": try readMetadata(into: &node)
            case "spec": try readSpec(into: &node)
            case "status": try readStatus(into: &node, from: origin)
            default: try skip()
            }
        }
        guard Self.isNodeName(node.name) else {
            throw Failure(
                offset: start, path: "metadata.name",
                problem: "a node needs a name of 1 to 253 letters, digits, '-', '_' or '.'")
        }
        return node
    }

    private mutating func readMetadata(into node: inout Node) throws(Failure) {
        guard try enterObject("metadata") else { return }
        while let key = try nextKey() {
            switch key {
            case "name": node.name = try string("metadata.name")
            case "uid": node.uid = try string("metadata.uid")
            case "resourceVersion": node.resourceVersion = try string("metadata.resourceVersion")
            case "creationTimestamp": node.createdAt = try time("metadata.creationTimestamp")
            case "deletionTimestamp": node.deletedAt = try time("metadata.deletionTimestamp")
            case "labels": node.labels = try pairs("metadata.labels")
            case "annotations": node.annotations = try pairs("metadata.annotations")
            default: try skip()
            }
        }
    }

    private mutating func readSpec(into node: inout Node) throws(Failure) {
        guard try enterObject("spec") else { return }
        while let key = try nextKey() {
            if key == "providerID" { node.providerID = try string("spec.providerID") } else { try skip() }
        }
    }

    private mutating func readStatus(into node: inout Node, from origin: NodeOrigin) throws(Failure) {
        guard try enterObject("status") else { return }
        while let key = try nextKey() {
            switch key {
            case "addresses": node.addresses = try addresses()
            case "conditions": node.ready = try readyCondition()
            case "daemonEndpoints": node.kubeletPort = try kubeletPort(from: origin)
            case "nodeInfo": node.nodeInfo = try nodeInfo()
            default: try skip()
            }
        }
    }

    private mutating func addresses() throws(Failure) -> [NodeAddress] {
        guard try enterArray("status.addresses") else { return [] }
        var addresses: [NodeAddress] = []
        while try nextElement() {
            var address = NodeAddress(.other(""), "")
            guard try enterObject("status.addresses[]") else { continue }
            while let key = try nextKey() {
                switch key {
                case "type": address.kind = NodeAddress.Kind(try string("status.addresses[].type"))
                case "address": address.value = try string("status.addresses[].address")
                default: try skip()
                }
            }
            addresses.append(address)
        }
        return addresses
    }

    private mutating func readyCondition() throws(Failure) -> ReadyCondition {
        guard try enterArray("status.conditions") else { return ReadyCondition() }
        var ready = ReadyCondition()
        while try nextElement() {
            var type = ""
            var status = ""
            var lastTransition: Int64?
            guard try enterObject("status.conditions[]") else { continue }
            while let key = try nextKey() {
                switch key {
                case "type": type = try string("status.conditions[].type")
                case "status": status = try string("status.conditions[].status")
                case "lastTransitionTime": lastTransition = try time("status.conditions[].lastTransitionTime")
                default: try skip()
                }
            }
            guard type == "Ready" else { continue }
            let known: ReadyCondition.Status = status == "True" ? .true : status == "False" ? .false : .unknown
            ready = ReadyCondition(known, lastTransition: lastTransition)
        }
        return ready
    }

    private mutating func kubeletPort(from origin: NodeOrigin) throws(Failure) -> UInt16 {
        let path = "status.daemonEndpoints.kubeletEndpoint.Port"
        var port = 0
        guard try enterObject("status.daemonEndpoints") else { return Node.defaultKubeletPort }
        while let key = try nextKey() {
            guard key == "kubeletEndpoint", try enterObject("status.daemonEndpoints.kubeletEndpoint") else {
                if key != "kubeletEndpoint" { try skip() }
                continue
            }
            while let key = try nextKey() {
                if key == "Port" { port = try integer(path) } else { try skip() }
            }
        }
        if port == 0 { return Node.defaultKubeletPort }
        if let valid = UInt16(exactly: port) { return valid }
        guard origin == .api else { throw failure(path, "\(port) is no port: expected 1 to 65535") }
        return Node.undialablePort
    }

    private mutating func nodeInfo() throws(Failure) -> NodeInfo {
        guard try enterObject("status.nodeInfo") else { return NodeInfo() }
        var info = NodeInfo()
        while let key = try nextKey() {
            switch key {
            case "machineID": info.machineID = try string("status.nodeInfo.machineID")
            case "systemUUID": info.systemUUID = try string("status.nodeInfo.systemUUID")
            case "bootID": info.bootID = try string("status.nodeInfo.bootID")
            default: try skip()
            }
        }
        return info
    }

    private mutating func time(_ path: String) throws(Failure) -> Int64? {
        if try isNull() { return nil }
        let start = position
        let text = try string(path)
        guard let seconds = Timestamp.unixSeconds(text) else {
            throw Failure(offset: start, path: path, problem: "expected a time such as 2026-11-24T00:09:06Z")
        }
        return seconds
    }

    private mutating func pairs(_ path: String) throws(Failure) -> PackedPairs {
        guard try enterObject(path) else { return [:] }
        var pairs: [(key: String, value: String)] = []
        while let key = try nextKey() { pairs.append((key, try string(path))) }
        return PackedPairs(pairs)
    }

    /// Wider than Kubernetes' names, for fleets without it, yet safe in a reason phrase, a header and a log line.
    private static func isNodeName(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
    }
}
