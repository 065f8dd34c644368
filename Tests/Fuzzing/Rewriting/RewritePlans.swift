package import Exposition
import Fuzzing
package import Relabeling

/// Rules under which bodies are rewritten.
package enum RewritePlans {
    package static let stampLabel = "zz_stamp"
    package static let stampValue = "n\"1"
    package static let owner = ["__address__": stampValue, "__meta_kubernetes_node_name": "node-a"]

    package static let identity = RewritePlan(RelabelRules([]).relabeler(owner: [:]))

    package static let stamp = made { try Stamp(label: stampLabel, source: "__address__") }
    package static let stamped = RewritePlan(RelabelRules([], stamps: [stamp]).relabeler(owner: owner))
    /// With samples and comments that have to be shorter than a fuzzer's inputs.
    package static let stampedInLittleMemory = RewritePlan(
        RelabelRules([], stamps: [stamp]).relabeler(owner: owner), limits: RewriteLimits(sampleLength: 64))

    /// Builds every label set and finds nothing to change.
    package static let idle = made {
        RewritePlan(
            RelabelRules([
                try RelabelConfig(sourceLabels: ["__name__", "le"], regex: "no such;name", targetLabel: "x"),
                try RelabelConfig(action: "drop", sourceLabels: ["a", "quantile"], regex: "no such;label"),
            ]).relabeler(owner: [:]))
    }

    /// The same with rules that can be applied to protobuf.
    package static let idleForProtobuf = made {
        let rule = try RelabelConfig(action: "drop", sourceLabels: ["no_such_label"], regex: "no such value")
        return RewritePlan(RelabelRules([rule]).relabeler(owner: [:]))
    }

    package static let busyStamps = made {
        [stamp, try Stamp(label: "node", source: "__meta_kubernetes_node_name")]
    }

    /// Rules that drop, rename, add and merge, and leave `le` and `quantile` alone.
    package static let busyConfigs = made {
        busyConfigsForProtobuf + [
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "go_.+"),
            try RelabelConfig(
                sourceLabels: ["__name__"], regex: "(http|a)(.*)", targetLabel: "__name__", replacement: "b$2"),
        ]
    }

    package static let busyConfigsForProtobuf = made {
        [
            try RelabelConfig(action: "labeldrop", regex: "handler|x.*"),
            try RelabelConfig(action: "labelmap", regex: "i(.+)", replacement: "m$1"),
            try RelabelConfig(action: "drop", sourceLabels: ["a", "code"], regex: ";500|b;.*"),
            try RelabelConfig(
                sourceLabels: ["method", "node"], regex: "(.+);(.+)", targetLabel: "c", replacement: "${2}-$1"),
            try RelabelConfig(action: "uppercase", sourceLabels: ["b"], targetLabel: "method"),
            try RelabelConfig(action: "hashmod", sourceLabels: ["foo", "c"], modulus: 3, targetLabel: "hash"),
        ]
    }

    package static let busy = plan(busyConfigs, honorsLabels: false)
    package static let busyAndHonoring = plan(busyConfigs, honorsLabels: true)
    package static let busyForProtobuf = plan(busyConfigsForProtobuf, honorsLabels: false)

    private static func plan(_ configs: [RelabelConfig], honorsLabels: Bool) -> RewritePlan {
        RewritePlan(
            RelabelRules(configs, stamps: busyStamps, honorsLabels: honorsLabels).relabeler(owner: owner))
    }
}
