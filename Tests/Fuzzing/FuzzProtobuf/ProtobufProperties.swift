import Exposition
import Fuzzing
import Rewriting

@testable import Exposition

/// What holds for bodies in delimited protobuf.
enum ProtobufProperties {
    static func check(_ body: [UInt8]) {
        let isAccepted = RewriteProperties.checkIdentity(body, .protobuf, idle: RewritePlans.idleForProtobuf)
        let stamped = RewriteProperties.checkPieces(body) { RewritePlans.stamped.rewriter(for: .protobuf) }
        require(stamped.isComplete == isAccepted, "a stamp decides: \(stamped.summary)")
        RewriteProperties.checkAcceptance(stamped, .protobuf)
        let busy = RewriteProperties.checkPieces(body) { RewritePlans.busyForProtobuf.rewriter(for: .protobuf) }
        RewriteProperties.checkAcceptance(busy, .protobuf)
        // In whatever order their labels stand.
        LaneProperties.check(body, .protobuf) { body in
            lines(body).map { line in line.split { "{},".contains($0) }.sorted() }
        }
        if isAccepted { checkStamps(lines(body), lines(stamped.body)) }
    }

    /// All is as it was, and every metric has the stamp.
    static func checkStamps(_ before: [String], _ after: [String]) {
        guard !before.contains(where: { $0.contains(RewritePlans.stampLabel) }) else { return }
        let stamp = "\(RewritePlans.stampLabel)=\"n\\\"1\""
        require(after.allSatisfy { $0.contains(stamp) }, "no stamp: \(after)")
        let without = after.map { $0.replacing("{\(stamp)}", with: "").replacing(",\(stamp)}", with: "}") }
        require(without == before, "\(without) instead of \(before)")
    }

    static func lines(_ body: [UInt8]) -> [String] { ProtobufListing.families(in: body).flatMap(\.lines) }
}
