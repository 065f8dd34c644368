/// The series that a protobuf parser makes of one histogram or summary (spec 7.6): single ones can't be dropped or changed
/// in protobuf, so rules that could tell them apart want text.
enum PartsOfFamily {
    /// The labels that differ from part to part.
    static let labels: Set = ["le", "quantile", "__name__"]

    private static let endings = ["_bucket", "_sum", "_count"].map { Array($0.utf8) }

    /// Whether a drop or keep by name alone can only mean whole families: it names them literally without the endings of
    /// parts, or by a beginning that ends in no part of these.
    static func arePassedAlike(by config: RelabelConfig) -> Bool {
        guard config.sourceLabels == ["__name__"], let branches = config.regex.branches else { return false }
        return branches.allSatisfy { branch in
            if branch.isLiteral { return !endings.contains { branch.literal.ends(with: $0) } }
            guard branch.pieces.count == 2, branch.pieces[1] == LiteralPattern.Piece(gap: .anything, literal: []) else {
                return false
            }
            return !endings.contains { ending in
                ending.indices.contains { branch.literal.ends(with: ending[...$0]) }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with other: some Collection<UInt8>) -> Bool { suffix(other.count).elementsEqual(other) }
}
