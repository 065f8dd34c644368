import Yams

/// The configuration of the proxy that a run starts: the user's, if there is one, with the fake cluster's CA. Where nodes come
/// from and what is listened on are told by flags.
struct ProxyConfiguration {
    let text: String
    /// Whether answers may hold fewer samples than the kubelet's.
    let hasRules: Bool

    /// - Parameters:
    ///   - original: the user's file; empty for defaults.
    ///   - folder: where relative paths in it start.
    ///   - caFile: of the fake kubelets.
    ///   - interceptionCA: the folder of the CA by which CONNECT is intercepted; nil: it is not.
    init(from original: String, in folder: String, caFile: String, interceptionCA: String? = nil) throws {
        do {
            var root = try Yams.compose(yaml: original) ?? Self.empty
            if root.null != nil { root = Self.empty }
            guard root.mapping != nil else { throw RunError("--config: not a mapping of keys to values") }
            hasRules = root["metric_relabel_configs"]?.sequence?.isEmpty == false
            root = Self.removing(["listeners", "admin"], from: Self.withAbsolutePaths(root, in: folder))
            if let nodes = root["nodes"] { root["nodes"] = Self.removing(["file", "kubernetes"], from: nodes) }
            var upstream = root["upstream"] ?? Self.empty
            var tls = upstream["tls"] ?? Self.empty
            if tls["ca_file"] == nil, tls["insecure_skip_verify"]?.bool != true { tls["ca_file"] = Node(caFile) }
            upstream["tls"] = tls
            root["upstream"] = upstream
            if let interceptionCA { root["listeners"] = Self.interceptingListener(interceptionCA) }
            text = try Yams.serialize(node: root)
        } catch let error as YamlError { throw RunError("--config: \(error)") }
    }

    private static var empty: Node { Node([] as [(Node, Node)]) }

    /// Its address is told by a flag.
    private static func interceptingListener(_ folder: String) -> Node {
        let files = [("ca_cert_file", "ca.crt"), ("ca_key_file", "ca.key")]
        let interception = Node(files.map { (Node($0), Node("\(folder)/\($1)")) })
        return Node([Node([(Node("interception"), interception)])])
    }

    private static func removing(_ keys: Set<String>, from node: Node) -> Node {
        guard let mapping = node.mapping else { return node }
        return Node(mapping.filter { !keys.contains($0.key.string ?? "") }.map { ($0.key, $0.value) })
    }

    /// The file that is written lies elsewhere than the user's.
    private static func withAbsolutePaths(_ node: Node, in folder: String) -> Node {
        guard let mapping = node.mapping else { return node }
        return Node(
            mapping.map { key, value in
                let name = key.string ?? ""
                guard name.hasSuffix("_file"), let path = value.string, !path.isEmpty, !path.hasPrefix("/") else {
                    return (key, withAbsolutePaths(value, in: folder))
                }
                return (key, Node("\(folder)/\(path)"))
            })
    }
}
