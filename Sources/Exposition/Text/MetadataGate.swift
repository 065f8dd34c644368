/// Holds HELP, TYPE and UNIT back until a series of their family leaves, and lets them go if rules removed all of them
/// (spec 7.6).
///
/// While the fate of a line is open, all output behind it waits too, so that order stays; what waits is bounded by
/// ``limit``. A body within it is decided exactly, in whatever order its lines stand. In a longer one, a family is
/// decided by what was seen until then.
struct MetadataGate: ~Copyable {
    private struct Line {
        var start: Int
        let length: Int
        let family: Int
    }

    private struct Family {
        let hash: UInt64
        /// Hashes of the names that its series can have.
        var members: [UInt64]
        var stays: Bool?
    }

    private static let limit = 64 << 10

    /// False where rules can neither drop nor rename a series.
    let isEnabled: Bool
    let hash = NameHash()
    private var names = SeriesNames()
    /// What waits. Who appends to it directly, where ``isHolding``, leaves it to the next ``append`` to bound it.
    var held = OutputBytes()
    private var lines: [Line] = []
    private var families: [Family] = []

    init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// Something waits, and so must all that follows.
    var isHolding: Bool { !lines.isEmpty }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer, to output: inout OutputBytes) {
        if isHolding {
            unsafe held.append(bytes)
            if held.count > Self.limit { settle(keepingLast: true, to: &output) }
        } else {
            unsafe output.append(bytes)
        }
    }

    /// Takes a metadata line.
    ///
    /// - Returns: false where it has left already.
    mutating func hold(
        _ line: UnsafeRawBufferPointer, family name: UnsafeBufferPointer<UInt8>, type: MetricType?,
        to output: inout OutputBytes
    ) -> Bool {
        let index = unsafe familyIndex(name, type)
        let isDecided = families[index].stays == true || line.count > Self.limit
        if isDecided {
            unsafe append(line, to: &output)
            flush(to: &output)
            return false
        }
        lines.append(Line(start: held.count, length: line.count, family: index))
        unsafe held.append(line)
        if held.count > Self.limit { settle(keepingLast: true, to: &output) }
        return true
    }

    /// A series of that name left, or was removed; to be told once per name and fate.
    mutating func note(_ fate: SeriesNames.Fate, _ name: UInt64, to output: inout OutputBytes) {
        names.insert(fate, for: name)
        guard fate == .survived, isHolding else { return }
        var decidesFirst = false
        for index in families.indices where families[index].stays == nil && survives(families[index]) {
            families[index].stays = true
            decidesFirst = decidesFirst || lines[0].family == index
        }
        if decidesFirst { flush(to: &output) }
    }

    /// Decides all that is open.
    ///
    /// - Returns: whether the last line that was held stays; true where none was.
    @discardableResult
    mutating func settle(keepingLast: Bool = false, to output: inout OutputBytes) -> Bool {
        guard let last = lines.last else { return true }
        for index in families.indices where families[index].stays == nil && !(keepingLast && index == last.family) {
            let fates = fates(of: families[index])
            families[index].stays = fates.contains(.survived) || !fates.contains(.removed)
        }
        let stays = families[last.family].stays ?? true
        flush(to: &output)
        return stays
    }
}

// MARK: - Families

extension MetadataGate {
    private mutating func familyIndex(_ name: UnsafeBufferPointer<UInt8>, _ type: MetricType?) -> Int {
        let bytes = unsafe Array(name)
        let key = hash(bytes)
        names.insert(.hasMetadata, for: key)
        let index = families.lastIndex { $0.hash == key } ?? families.endIndex
        if index == families.endIndex { families.append(Family(hash: key, members: [key], stays: nil)) }
        if let type { families[index].members = [key] + type.suffixes.map { hash(bytes + Array($0.utf8)) } }
        if families[index].stays == nil, survives(families[index]) { families[index].stays = true }
        return index
    }

    private func survives(_ family: Family) -> Bool {
        fates(of: family).contains(.survived)
    }

    private func fates(of family: Family) -> SeriesNames.Fate {
        var all: SeriesNames.Fate = []
        for member in family.members {
            let fates = names[member]
            // A family of that very name is nearer to the series than the one whose suffix fits.
            if member == family.hash || !fates.contains(.hasMetadata) { all.formUnion(fates) }
        }
        return all
    }

    /// Appends what waits in front of the first open line.
    private mutating func flush(to output: inout OutputBytes) {
        if held.isEmpty {
            return families.removeAll(keepingCapacity: true)
        }
        let open = lines.firstIndex { families[$0.family].stays == nil } ?? lines.endIndex
        let end = open < lines.endIndex ? lines[open].start : held.count
        var written = 0
        for line in lines[..<open] where families[line.family].stays == false {
            unsafe output.append(held.run(written..<line.start))
            written = line.start + line.length
        }
        unsafe output.append(held.run(written..<end))
        held.removeFirst(end)
        lines.removeFirst(open)
        for index in lines.indices { lines[index].start -= end }
        if families.count > 2 * lines.count { forgetDecided() }
    }

    /// Keeps the families that a line waits for.
    private mutating func forgetDecided() {
        var kept: [Family] = []
        var places: [Int: Int] = [:]
        for index in lines.indices {
            let family = lines[index].family
            if places[family] == nil {
                places[family] = kept.count
                kept.append(families[family])
            }
            lines[index] = Line(
                start: lines[index].start, length: lines[index].length, family: places[family, default: 0])
        }
        families = kept
    }
}

extension MetricType {
    /// What Prometheus' parsers take as parts of a family.
    fileprivate var suffixes: [String] {
        switch self {
        case .counter: ["_total", "_created"]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .gaugeHistogram: ["_bucket", "_gcount", "_gsum"]
        case .summary: ["_count", "_sum", "_created"]
        case .info: ["_info"]
        case .gauge, .stateSet, .unknown: []
        }
    }
}
