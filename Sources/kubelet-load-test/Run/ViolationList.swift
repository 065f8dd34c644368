/// Violations, gathered by what and where, so that a target that fails each time makes one sentence.
struct ViolationList: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case wrongIdentity = "wrong identity"
        case doubled = "doubled"
        case lost = "lost"
    }

    private struct Key: Hashable {
        let kind: Kind
        let target: ScrapeTarget
        let detail: String
    }

    private struct Gathered {
        var count: Int
        var times: Int
        let first: Double
        var last: Double
    }

    private var order: [Key] = []
    private var gathered: [Key: Gathered] = [:]

    /// Of each kind.
    private static let sentencesShown = 25

    /// - Parameter count: samples; for `lost`, scrapes.
    mutating func add(_ kind: Kind, _ target: ScrapeTarget, at moment: Double, count: Int, detail: String) {
        let key = Key(kind: kind, target: target, detail: detail)
        guard gathered[key] != nil else {
            order.append(key)
            gathered[key] = Gathered(count: count, times: 1, first: moment, last: moment)
            return
        }
        gathered[key]?.count += count
        gathered[key]?.times += 1
        gathered[key]?.last = moment
    }

    var isEmpty: Bool { order.isEmpty }

    var sentences: [String] {
        Kind.allCases.flatMap { kind in
            let keys = order.filter { $0.kind == kind }
            let shown = keys.prefix(Self.sentencesShown).compactMap { key in gathered[key].map { sentence(key, $0) } }
            guard keys.count > shown.count else { return shown }
            return shown + ["\(kind.rawValue): \(keys.count - shown.count) more such sentences are left out"]
        }
    }

    private func sentence(_ key: Key, _ found: Gathered) -> String {
        let what = key.kind == .lost ? "\(found.count) scrapes" : "\(found.count) samples in \(found.times) scrapes"
        let when =
            found.times == 1
            ? "at \(Self.text(found.first))" : "between \(Self.text(found.first)) and \(Self.text(found.last))"
        return "\(key.kind.rawValue): \(what) of target \(key.target.instance)\(key.target.path) (node "
            + "\(key.target.node)) \(when): \(key.detail)"
    }

    /// `12.3 s`.
    private static func text(_ moment: Double) -> String {
        let tenths = Int((moment * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
