import Foundation

/// Values along an axis, as SVG without anything around it. Colours are those of `ChartStyle`.
struct LineChart {
    var title: String
    /// Of the values.
    let unit: String
    /// Along the horizontal axis, ascending.
    let xs: [Double]
    let xUnit: String
    let lines: [Line]
    /// Where the horizontal axis is labelled; nil: at a handful of round places. Those that would overlap the one before go unlabelled.
    var ticks: [Double]?
    /// Few values, far between, are marked by dots.
    var hasDots = false

    struct Line {
        let name: String
        /// One of `ChartStyle.colours`, counted from 0.
        let colour: Int
        /// One for each x; a nil leaves a gap, or with dots nothing: what lies on both sides of it is joined.
        let values: [Double?]
        var isDashed = false
    }

    static let width = 600.0
    private static let plotHeight = 180.0
    private static let (left, right, bottom) = (56.0, 16.0, 38.0)
    /// Of a letter at the size of the labels, about; and of a line of them.
    private static let (letter, row) = (6.4, 18.0)

    var height: Double { top + Self.plotHeight + Self.bottom }

    /// The elements of one chart, in a box of `width` by `height`.
    var svg: String {
        let elements = [title(at: 14)] + legend + grid + axisNames + lines.flatMap(drawn)
        return elements.joined(separator: "\n")
    }

    // MARK: Above the plot

    private var top: Double { 30 + Self.row * Double(legendRows.count) }

    private func title(at y: Double) -> String {
        "<text class=\"title\" x=\"\(Self.left)\" y=\"\(y)\">\(HTMLReport.escaped(title)), \(unit)</text>"
    }

    /// The names of the lines, in as many rows as they need.
    private var legendRows: [[(line: Line, x: Double)]] {
        var rows: [[(line: Line, x: Double)]] = []
        var x = Self.width
        for line in lines {
            let space = 30 + Double(line.name.count) * Self.letter
            if x + space > Self.width - Self.right || rows.isEmpty {
                rows.append([])
                x = Self.left
            }
            rows[rows.count - 1].append((line, x))
            x += space
        }
        return rows
    }

    private var legend: [String] {
        legendRows.enumerated().flatMap { number, row in
            let y = 34 + Double(number) * Self.row
            return row.map { line, x in
                "<path class=\"c\(line.colour)\(line.isDashed ? " dashed" : "")\" d=\"M\(x) \(y - 4)h16\"/>"
                    + "<text x=\"\(x + 21)\" y=\"\(y)\">\(HTMLReport.escaped(line.name))</text>"
            }
        }
    }

    // MARK: Axes

    /// The top of the value axis: 1, 2, 4, 5 or 8 times a power of ten, so that its quarters are round as well.
    var ceiling: Double {
        let most = lines.flatMap(\.values).compactMap(\.self).max() ?? 0
        guard most > 0 else { return 1 }
        var power = 1.0
        while power > most { power /= 10 }
        while power * 10 <= most { power *= 10 }
        return [1, 2, 4, 5, 8, 10].map { $0 * power }.first { $0 >= most } ?? most
    }

    private var last: Double { max(xs.last ?? 1, .leastNormalMagnitude) }

    private func x(_ value: Double) -> Double {
        Self.left + value / last * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double { top + Self.plotHeight * (1 - value / ceiling) }

    private var grid: [String] {
        let values = (0...4).map { ceiling * Double($0) / 4 }
        let horizontal = values.map { value in
            "<path class=\"grid\" d=\"M\(Self.left) \(Self.text(y(value)))H\(Self.width - Self.right)\"/>"
                + "<text class=\"end\" x=\"\(Self.left - 6)\" y=\"\(Self.text(y(value) + 4))\">"
                + "\(Self.label(value, of: values))</text>"
        }
        return horizontal
            + labelledTicks.map { tick in
                "<path class=\"grid\" d=\"M\(Self.text(x(tick))) \(top + Self.plotHeight)v4\"/>"
                    + "<text class=\"middle\" x=\"\(Self.text(x(tick)))\" y=\"\(top + Self.plotHeight + 17)\">"
                    + "\(HTMLReport.number(tick))</text>"
            }
    }

    /// With as many digits as tell all of them apart.
    static func label(_ value: Double, of all: [Double]) -> String {
        let digits = (0...9).first { digits in
            let scale = pow(10, Double(digits))
            return all.allSatisfy { abs(($0 * scale).rounded() - $0 * scale) < 1e-6 }
        }
        return value == 0 ? "0" : String(format: "%.\(digits ?? 9)f", value)
    }

    private var labelledTicks: [Double] {
        var labelled: [Double] = []
        var free = -Double.infinity
        for tick in ticks ?? roundTicks {
            let half = Double(HTMLReport.number(tick).count) * Self.letter / 2
            guard x(tick) - half > free else { continue }
            labelled.append(tick)
            free = x(tick) + half + Self.letter
        }
        return labelled
    }

    private var roundTicks: [Double] {
        let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].map(Double.init)
        let step = steps.first { last / $0 <= 6 } ?? last / 4
        return Array(stride(from: 0, through: last, by: step))
    }

    private var axisNames: [String] {
        let y = top + Self.plotHeight + 32
        return ["<text class=\"end\" x=\"\(Self.width - Self.right)\" y=\"\(y)\">\(HTMLReport.escaped(xUnit))</text>"]
    }

    // MARK: Lines

    private func drawn(_ line: Line) -> [String] {
        var path = ""
        var isPenUp = true
        var dots: [String] = []
        for (place, value) in zip(xs, line.values) {
            guard let value else {
                isPenUp = isPenUp || !hasDots
                continue
            }
            let (x, y) = (Self.text(x(place)), Self.text(y(value)))
            path += "\(isPenUp ? "M" : "L")\(x) \(y)"
            if hasDots { dots.append("<circle class=\"c\(line.colour)\" cx=\"\(x)\" cy=\"\(y)\" r=\"3\"/>") }
            isPenUp = false
        }
        return ["<path class=\"c\(line.colour)\(line.isDashed ? " dashed" : "")\" d=\"\(path)\"/>"] + dots
    }

    /// Tenths are more than a screen shows.
    private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
