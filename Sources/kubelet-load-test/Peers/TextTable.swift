/// Cells in columns that are as wide as their widest cell.
struct TextTable {
    private var rows: [[String]]
    private let leftAligned: Set<Int>

    /// - Parameter leftAligned: columns of words; the others hold numbers and are aligned at their right.
    init(_ headings: [String], leftAligned: Set<Int>) {
        rows = [headings]
        self.leftAligned = leftAligned
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (leftAligned.contains(column) ? cell + padding : padding + cell)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
