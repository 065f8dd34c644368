import Addressing
import Identity
import Settings

/// Targets as Prometheus' HTTP SD reads them (spec 9): a JSON array of groups, written kubelet by kubelet.
struct TargetList {
    /// What is written so far, in blocks: a list of megabytes is never copied from one array to a larger one.
    private(set) var blocks: [[UInt8]] = []
    /// The last block.
    private var bytes: [UInt8] = [UInt8(ascii: "[")]
    private var isEmpty = true
    private static let block = 256 * 1024
    private let paths: [String]
    private let port: UInt16?
    private let ports: UpstreamPorts
    private let claimLabel: String
    /// Kubelets that share an IP share its other ports too: who is first by name stands for all.
    private var taken: Set<SocketAddress> = []
    private var hash = FNV1a()

    init(_ query: DiscoveryQuery, _ settings: ProxySettings) {
        paths = query.paths
        port = query.port
        ports = settings.upstream.ports
        claimLabel = "__param_\(settings.claims.parameter)"
    }

    /// Where a kubelet would be scraped; nil where its port is not allowed.
    func address(of kubelet: OwnedKubelet) -> SocketAddress? {
        let port = port ?? kubelet.node.kubeletPort
        guard port != 0, ports.scheme(of: port, kubeletPort: kubelet.node.kubeletPort) != nil else { return nil }
        return SocketAddress(kubelet.ip, port: port)
    }

    mutating func append(_ kubelet: OwnedKubelet) {
        guard let address = address(of: kubelet), taken.insert(address).inserted else { return }
        let start = bytes.count
        var group = Array("{\"targets\":[\"\(address)\"],\"labels\":{".utf8)
        // They stand before the others in the order of names.
        for label in OwnerLabels(of: kubelet.node, at: address).all() where label.name != "__address__" {
            group.appendJSON(label.name)
            group.append(UInt8(ascii: ":"))
            group.appendJSON(label.value)
            group.append(UInt8(ascii: ","))
        }
        for path in paths {
            bytes += (isEmpty ? "\n" : ",\n").utf8
            isEmpty = false
            bytes += group
            bytes += "\"__metrics_path__\":".utf8
            bytes.appendJSON(path)
            bytes.append(UInt8(ascii: ","))
            bytes.appendJSON(claimLabel)
            bytes.append(UInt8(ascii: ":"))
            bytes.appendJSON(kubelet.node.name)
            bytes += "}}".utf8
        }
        hash.add(bytes[start...])
        if bytes.count >= Self.block { endBlock() }
    }

    private mutating func endBlock() {
        blocks.append(bytes)
        bytes = []
        bytes.reserveCapacity(Self.block + Self.block / 8)
    }

    /// In bytes, once it is finished.
    var length: Int { blocks.reduce(0) { $0 + $1.count } }

    /// Ends the array.
    ///
    /// - Returns: the entity tag: equal lists have equal ones, whichever replica made them.
    mutating func finish() -> String {
        bytes += "\n]\n".utf8
        blocks.append(bytes)
        let digits = String(hash.value, radix: 16)
        return "\"\(String(repeating: "0", count: 16 - digits.count))\(digits)\""
    }
}

/// Fowler, Noll and Vo's hash, the same in every process.
private struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}

extension [UInt8] {
    /// A JSON string (RFC 8259 section 7).
    fileprivate mutating func appendJSON(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard isPlain else {
            self += text.jsonQuoted.utf8
            return
        }
        append(UInt8(ascii: "\""))
        self += text.utf8
        append(UInt8(ascii: "\""))
    }
}
