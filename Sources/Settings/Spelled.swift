/// Which of the known words somebody may have meant.
enum Spelled {
    static func nearest(to word: String, among known: [String]) -> String? {
        let wanted = plain(word)
        let distances = known.map { (word: $0, distance: distance(wanted, plain($0))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        // More than a third of the letters wrong is another word.
        return best.distance * 3 <= wanted.count ? best.word : nil
    }

    /// `headerSize` and `header-size` are `header_size`.
    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Optimal string alignment: letters added, left out, changed, or swapped with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let change = above[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(change, above[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
