import FakeCluster

/// Bodies that tell by a family of their own, at every path, who made them. The proxy can't take it for evidence, as it can't with
/// real kubelets: the mark is for the judge of what was stored.
enum MarkedBodies {
    /// `answering_kubelet{name="NAME",node_uid="UID",format="FORMAT"}`
    static let family = "answering_kubelet"
    static let paths = ["/metrics", "/metrics/cadvisor", "/metrics/resource"]

    /// - Parameter format: what is served to who takes it; plain text to the others, such as the proxy when it asks.
    static func corpus(of kubelet: TrueKubelet, in format: KubeletFormat) -> MetricsCorpus {
        let generated = GeneratedBodies(bytes: kubelet.bodyBytes).bodies
        var texts: [String: [UInt8]] = [:]
        for path in paths { texts[path] = text(generated[path] ?? [], of: kubelet) }
        switch format {
        case .text: return MetricsCorpus(texts.mapValues { mark(kubelet, .text) + $0 })
        case .openMetrics: return MetricsCorpus(texts, openMetrics: openMetrics(texts, of: kubelet))
        case .protobuf:
            let bodies = paths.map { ($0, protobuf($0, of: kubelet)) }
            return MetricsCorpus(texts, protobuf: Dictionary(uniqueKeysWithValues: bodies))
        }
    }

    private static func mark(_ kubelet: TrueKubelet, _ format: KubeletFormat) -> [UInt8] {
        let labels = "name=\"\(kubelet.name)\",node_uid=\"\(kubelet.uid)\",format=\"\(format)\""
        return Array("# TYPE \(family) gauge\n\(family){\(labels)} 1\n".utf8)
    }

    private static func text(_ body: [UInt8], of kubelet: TrueKubelet) -> [UInt8] {
        guard !kubelet.namesItself else { return body }
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n")
        return Array(lines.filter { !$0.contains("kubelet_node_name") }.map { "\($0)\n" }.joined().utf8)
    }

    private static func openMetrics(_ texts: [String: [UInt8]], of kubelet: TrueKubelet) -> [String: [UInt8]] {
        let filled = MetricsCorpus(texts)
        let identity = KubeletIdentity(kubelet.node(at: "127.0.0.1"))
        var bodies: [String: [UInt8]] = [:]
        for path in paths {
            let body = filled.body(path, for: identity)?.plain.joined ?? []
            bodies[path] = mark(kubelet, .openMetrics) + body + "# EOF\n".utf8
        }
        return bodies
    }

    private static func protobuf(_ path: String, of kubelet: TrueKubelet) -> [UInt8] {
        let format = "\(KubeletFormat.protobuf)"
        let mark = Protobuf.labels(["name": kubelet.name, "node_uid": kubelet.uid, "format": format])
        let filling = (0..<20).flatMap { number in
            Protobuf.gauge("container_threads", metric: Protobuf.labels(["path": path, "number": "\(number)"]))
        }
        var body = Protobuf.gauge(family, metric: mark) + filling
        switch path {
        case "/metrics" where kubelet.namesItself:
            body += Protobuf.gauge("kubelet_node_name", metric: Protobuf.labels(["node": kubelet.name]))
        case "/metrics/cadvisor":
            let (machine, system) = (kubelet.machine.machineID, kubelet.machine.systemUUID)
            let ids = Protobuf.labels(["machine_id": machine, "system_uuid": system])
            body += Protobuf.gauge("machine_cpu_cores", metric: ids)
        default: break
        }
        return body
    }
}
