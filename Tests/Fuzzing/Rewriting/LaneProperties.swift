import Fuzzing
import Relabeling

@testable package import Exposition

/// The lane for stamps, which builds no label set, comes to what the rules come to.
package enum LaneProperties {
    private static let stamps = made {
        [
            try Stamp(label: "code", source: "__address__"),
            try Stamp(label: "a", source: "__meta_kubernetes_node_name"),
        ]
    }

    /// Rules whose outcome is the same for every series: they drop by name, overwrite and remove.
    private static let configs = made {
        [
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "go_g.*|test_h.*"),
            try RelabelConfig(targetLabel: "foo", replacement: "constant"),
            try RelabelConfig(sourceLabels: ["__address__"], targetLabel: "method"),
            try RelabelConfig(targetLabel: "b", replacement: ""),
        ]
    }

    private static let relabelers = [
        RelabelRules([], stamps: stamps).relabeler(owner: RewritePlans.owner),
        RelabelRules([], stamps: stamps, honorsLabels: true).relabeler(owner: RewritePlans.owner),
        RelabelRules(configs).relabeler(owner: RewritePlans.owner),
        RelabelRules(configs, stamps: stamps, honorsLabels: true).relabeler(owner: RewritePlans.owner),
    ]

    /// - Parameter series: what a body holds, to be compared.
    package static func check<Series: Equatable>(
        _ body: [UInt8], _ format: ExpositionFormat, series: ([UInt8]) -> [Series]
    ) {
        for relabeler in relabelers {
            let plan = RewritePlan(relabeler)
            require(plan.hasStampLane && plan.rewritesProtobuf, "these rules are none for the stamp lane")
            let quick = RewriteProperties.checkPieces(body) { plan.rewriter(for: format) }
            RewriteProperties.checkAcceptance(quick, format)
            let other = RewritePlan(relabeler, takesStampLane: false)
            let slow = RewriteOutcome(of: body, by: other.rewriter(for: format))
            require(quick.isComplete == slow.isComplete, "\(quick.summary) but \(slow.summary)")
            guard quick.isComplete else { continue }
            require(series(quick.body) == series(slow.body), "\(quick.summary) but \(slow.summary)")
            require(quick.counts.with(bytesOut: 0) == slow.counts.with(bytesOut: 0), "\(quick.counts), \(slow.counts)")
        }
    }
}

extension RewriteCounts {
    /// Escapes and blanks are written in more than one way.
    fileprivate func with(bytesOut: Int) -> RewriteCounts {
        var counts = self
        counts.bytesOut = bytesOut
        return counts
    }
}
