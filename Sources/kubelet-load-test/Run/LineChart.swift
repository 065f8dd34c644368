/// Values over time as inline SVG.
struct LineChart {
    let title: String
    /// Along the time axis, in order.
    let seconds: [Int]
    let lines: [Line]

    struct Line {
        let name: String
        let colour: String
        /// One for each second; a nil leaves a gap.
        let values: [Double?]
    }

    private static let (width, height) = (600.0, 220.0)
    private static let (left, right, top, bottom) = (48.0, 8.0, 8.0, 24.0)

    var svg: String {
        let keys = lines.map { "<span class=\"key\" style=\"background:\($0.colour)\"></span>\($0.name)" }.joined()
        return """
            <figure><figcaption>\(HTMLReport.escaped(title))\(keys)</figcaption>
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(HTMLReport.escaped(title))">
            \(grid)
            \(lines.map(path).joined(separator: "\n"))
            </svg></figure>
            """
    }

    /// The top of the value axis: 1, 2 or 5 times a power of ten.
    var ceiling: Double {
        let most = lines.flatMap(\.values).compactMap(\.self).max() ?? 0
        guard most > 0 else { return 1 }
        var power = 1.0
        while power > most { power /= 10 }
        while power * 10 <= most { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= most } ?? most
    }

    private var lastSecond: Int { max(seconds.last ?? 1, 1) }

    private func x(_ second: Double) -> Double {
        Self.left + second / Double(lastSecond) * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        Self.height - Self.bottom - value / ceiling * (Self.height - Self.top - Self.bottom)
    }

    private var grid: String {
        let values = (0...4).map { ceiling * Double($0) / 4 }
        let horizontal = values.map { value in
            "<line x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(y(value))\" y2=\"\(y(value))\" "
                + "stroke=\"#d9dee3\"/><text x=\"\(Self.left - 6)\" y=\"\(y(value) + 4)\" text-anchor=\"end\">"
                + "\(HTMLReport.number(value))</text>"
        }
        let times = (0...4).map { Double(lastSecond) * Double($0) / 4 }
        let below = times.map { time in
            "<text x=\"\(x(time))\" y=\"\(Self.height - 8)\" text-anchor=\"middle\">\(HTMLReport.number(time)) s</text>"
        }
        return (horizontal + below).joined(separator: "\n")
    }

    private func path(_ line: Line) -> String {
        var path = ""
        var isPenUp = true
        for (second, value) in zip(seconds, line.values) {
            guard let value else {
                isPenUp = true
                continue
            }
            path += "\(isPenUp ? "M" : "L")\(Self.text(x(Double(second)))) \(Self.text(y(value)))"
            isPenUp = false
        }
        return "<path d=\"\(path)\" fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"1.5\"/>"
    }

    /// Tenths are more than a screen shows.
    private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
