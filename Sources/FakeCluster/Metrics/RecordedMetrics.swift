import FoundationEssentials

extension MetricsCorpus {
    /// The answers recorded from a real kubelet, as plain text: files `metrics_cadvisor.default.identity.body` and so on.
    /// An endpoint that was not recorded is made up.
    /// - Parameters:
    ///   - keepsTimestamps: without, samples lose the moment they were recorded at, so that a Prometheus of today takes
    ///     them.
    ///   - servesProtobuf: who asks for protobuf gets it, from `metrics_cadvisor.proto.identity.body` and so on.
    package static func recorded(
        in directory: String, keepsTimestamps: Bool = true, servesProtobuf: Bool = false
    ) throws -> MetricsCorpus {
        var bodies: [String: [UInt8]] = [:]
        var protobuf: [String: [UInt8]] = [:]
        for path in paths {
            let file = "\(directory)/\(path.dropFirst().replacing("/", with: "_"))"
            if servesProtobuf, let data = FileManager.default.contents(atPath: "\(file).proto.identity.body") {
                protobuf[path] = Array(data)
            }
            guard let data = FileManager.default.contents(atPath: "\(file).default.identity.body") else { continue }
            bodies[path] = keepsTimestamps ? Array(data) : withoutTimestamps(Array(data))
        }
        guard bodies["/metrics"] != nil else { throw CocoaError(.fileReadNoSuchFile) }
        bodies["/metrics/resource"] = bodies["/metrics/resource"] ?? GeneratedMetrics.resource()
        bodies["/metrics/probes"] = bodies["/metrics/probes"] ?? GeneratedMetrics.probes()
        bodies["/metrics/slis"] = bodies["/metrics/slis"] ?? GeneratedMetrics.slis()
        return MetricsCorpus(bodies, protobuf: protobuf)
    }

    /// A timestamp is a third field of 13 digits, after the value.
    static func withoutTimestamps(_ body: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(body.count)
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if !output.isEmpty { output.append(UInt8(ascii: "\n")) }
            let (rest, tail) = (line.dropLast(14), line.suffix(14))
            // Without a value before it, the digits are the value.
            let hasValue = rest.last != UInt8(ascii: "}") && rest.contains { [0x20, 0x7d].contains($0) }
            let isStamped =
                line.first != UInt8(ascii: "#") && hasValue && tail.first == UInt8(ascii: " ")
                && tail.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
            output += isStamped ? rest : line
        }
        return output
    }
}
