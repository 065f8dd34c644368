/// What can be told of a text 0.0.4 body by looking at its lines, to see whether a rewriter did its work.
struct SeriesText {
    private let body: [UInt8]
    private let lines: [Range<Int>]

    init(_ body: [UInt8]) {
        self.body = body
        lines = Self.lines(of: body).filter { !$0.isEmpty && body[$0.lowerBound] != UInt8(ascii: "#") }
    }

    var series: Int { lines.count }

    var labelledSeries: Int { count(["{"]) }

    /// Series that have a label with that beginning, such as `node="a"`.
    func series(with label: String) -> Int { count(["{\(label)", ",\(label)"]) }

    private static func lines(of body: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < body.count {
            let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.count
            lines.append(start..<end)
            start = end + 1
        }
        return lines
    }

    private func count(_ needles: [String]) -> Int {
        let needles = needles.map { Array($0.utf8) }
        return lines.count { line in needles.contains { has($0, in: line) } }
    }

    /// A plain loop: the library's generic search takes seconds for a body of 4 MB.
    private func has(_ needle: [UInt8], in line: Range<Int>) -> Bool {
        var start = line.lowerBound
        while start + needle.count <= line.upperBound {
            var matched = 0
            while matched < needle.count, body[start + matched] == needle[matched] { matched += 1 }
            if matched == needle.count { return true }
            start += 1
        }
        return false
    }
}
