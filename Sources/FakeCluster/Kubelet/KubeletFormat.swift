/// What a kubelet answers in (vectors/kubelet): text 0.0.4 or delimited protobuf, whichever is weighted more. Text is what is
/// left when nothing fits. OpenMetrics is served by no real kubelet, but by what else may stand at a node's port.
package enum KubeletFormat: Hashable, Sendable {
    case text
    case protobuf
    case openMetrics

    private static let delimited =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    /// - Parameter served: beside text. A corpus without protobuf makes a kubelet that has none.
    init(accept: String, serving served: Set<KubeletFormat>) {
        var best: (format: KubeletFormat, weight: Double) = (.text, 0)
        for member in Self.members(of: accept) {
            let format: KubeletFormat
            switch member.type {
            case "application/vnd.google.protobuf" where served.contains(.protobuf) && member.isDelimited:
                format = .protobuf
            case "application/openmetrics-text" where served.contains(.openMetrics): format = .openMetrics
            case "text/plain": format = .text
            default: continue
            }
            // Of equals the first.
            if member.weight > best.weight { best = (format, member.weight) }
        }
        self = best.format
    }

    /// `escaping` tells how names of metrics are written; here it is a word in the head alone.
    func contentType(accept: String) -> String {
        switch self {
        case .text:
            let escaping = accept.contains("allow-utf-8") ? "allow-utf-8" : "underscores"
            return "text/plain; version=0.0.4; charset=utf-8; escaping=\(escaping)"
        case .protobuf: return "\(Self.delimited); escaping=underscores"
        case .openMetrics: return "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
        }
    }

    private struct Member {
        let type: String
        let isDelimited: Bool
        let weight: Double
    }

    private static func members(of accept: String) -> [Member] {
        accept.split(separator: ",").map { text in
            let parts = text.split(separator: ";").map { $0.filter { $0 != " " } }
            let weight = parts.lazy.compactMap { $0.hasPrefix("q=") ? Double($0.dropFirst(2)) : nil }.first
            return Member(
                type: parts.first ?? "", isDelimited: parts.contains("encoding=delimited"), weight: weight ?? 1)
        }
    }
}
