import Exposition
import Fuzzing
import Relabeling
import Rewriting

@testable import Exposition

/// What holds for families that are too long to be held: where they are parted depends on the pieces in which they come.
enum LongFamilyProperties {
    private static let longestFamily = 48

    static func check(_ body: [UInt8]) {
        let whole = RewriteOutcome(of: body, by: RewritePlans.stamped.rewriter(for: .protobuf))
        for cuts in [[]] + Cuts.some(of: body) {
            let rewriter = ProtobufRewriter(RewritePlans.stamped, longestFamily: longestFamily)
            let parts = RewriteOutcome(of: body, cutAt: cuts, by: ExpositionRewriter(rewriter))
            RewriteProperties.checkAcceptance(parts, .protobuf)
            guard parts.isComplete else { continue }
            require(whole.isComplete, "cut at \(cuts), only parts are accepted: \(whole.summary)")
            let lines = ProtobufProperties.lines(parts.body)
            let expected = ProtobufProperties.lines(whole.body)
            require(lines == expected, "cut at \(cuts): \(lines) instead of \(expected)")
        }
    }
}
