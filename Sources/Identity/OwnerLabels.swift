package import Addressing
import Discovery

/// A node's meta labels under the names of Prometheus' `role: node` (discovery/kubernetes/node.go and kubernetes.go of
/// Prometheus 3.12; spec 7.3): what rules and stamps see of an owner. Made on demand; an empty value is no label.
///
/// Of several Kubernetes labels whose names become one, the last in byte order counts, where Prometheus lets chance
/// decide.
package struct OwnerLabels: Sendable {
    private let node: Node
    private let address: SocketAddress?

    private static let prefix = "__meta_kubernetes_node_"

    /// - Parameter address: What `__address__` shows. Nil: the first InternalIP, else ExternalIP, with the kubelet's port.
    package init(of owner: KnownNode, at address: SocketAddress? = nil) {
        node = owner.node
        self.address = address ?? owner.addresses.first.map { SocketAddress($0, port: owner.kubeletPort) }
    }

    /// One label, without making the others.
    package subscript(name: String) -> String? {
        if name == "__address__" { return address.map { "\($0)" } }
        guard name.hasPrefix(Self.prefix) else { return nil }
        var found: String?
        switch name.dropFirst(Self.prefix.count) {
        case "name": found = node.name
        case "provider_id": found = node.providerID
        case "condition_ready": found = readiness
        default:
            forEachOfObject { label, value in
                if label() == name { found = value }
            }
        }
        return found?.isEmpty == true ? nil : found
    }

    /// All labels, sorted by name in byte order, each name once.
    package func all() -> [(name: String, value: String)] {
        var labels: [String: String] = [:]
        for name in ["__address__", "name", "provider_id", "condition_ready"] {
            let name = name == "__address__" ? name : Self.prefix + name
            labels[name] = self[name]
        }
        forEachOfObject { name, value in
            labels[name()] = value.isEmpty ? nil : value
        }
        return labels.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    private var readiness: String? {
        switch node.ready.status {
        case .true: "true"
        case .false: "false"
        case .unknown: "unknown"
        case .missing: nil
        }
    }

    /// The labels whose names depend on the object: of labels, annotations, and the first address of each type.
    private func forEachOfObject(_ body: (_ name: () -> String, _ value: String) -> Void) {
        for (kind, pairs) in [("label", node.labels), ("annotation", node.annotations)] {
            for (key, value) in pairs {
                body({ Self.sanitized("\(kind)_\(key)") }, value)
                body({ Self.sanitized("\(kind)present_\(key)") }, "true")
            }
        }
        for (position, address) in node.addresses.enumerated()
        where !node.addresses[..<position].contains(where: { $0.kind == address.kind }) {
            body({ Self.sanitized("address_\(address.kind)") }, address.value)
        }
    }

    /// `strutil.SanitizeLabelName`: each character outside [a-zA-Z0-9_] becomes an underscore.
    private static func sanitized(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 >= 0x80 }) else { return sanitized(ascii: name) }
        var label = prefix
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": label.unicodeScalars.append(scalar)
            default: label.append("_")
            }
        }
        return label
    }

    /// What Kubernetes lets in, and much quicker.
    private static func sanitized(ascii name: String) -> String {
        var label = Array(prefix.utf8)
        label.reserveCapacity(label.count + name.utf8.count)
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: label.append(byte)
            default: label.append(UInt8(ascii: "_"))
            }
        }
        return String(decoding: label, as: UTF8.self)
    }
}
