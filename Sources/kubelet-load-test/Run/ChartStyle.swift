/// How pages and charts look, by day and by night.
enum ChartStyle {
    /// For lines: blue, orange, green, violet, red, teal.
    static let colours = 6

    static let css: String = {
        let day = ["#1565c0", "#b85300", "#146c2e", "#7b1fa2", "#b3261e", "#00767f"]
        let night = ["#7db4f5", "#f2a45c", "#7fce92", "#cf9be4", "#f2948c", "#63c9d1"]
        let variables = { (colours: [String]) in
            colours.enumerated().map { "--c\($0):\($1)" }.joined(separator: ";")
        }
        let classes = day.indices.map { ".c\($0){stroke:var(--c\($0));fill:none}circle.c\($0){fill:var(--c\($0))}" }
        return """
            :root{color-scheme:light dark;--text:#1a1f24;--dim:#56606a;--grid:#d9dee3;--back:#fff;--good:#146c2e;\
            --bad:#b3261e;\(variables(day))}
            @media(prefers-color-scheme:dark){:root{--text:#e6e9ec;--dim:#a3adb6;--grid:#3a4249;--back:#14181b;\
            --good:#7fce92;--bad:#f2948c;\(variables(night))}}
            svg text{font:11px system-ui,sans-serif;fill:var(--dim)}
            svg .title{font-size:13px;font-weight:600;fill:var(--text)}
            svg .end{text-anchor:end}svg .middle{text-anchor:middle}
            svg .grid{stroke:var(--grid);fill:none}svg path{stroke-width:1.5}svg .dashed{stroke-dasharray:5 3}
            \(classes.joined())
            """
    }()
}

extension [LineChart] {
    /// As a part of a page: each chart an image of its own, side by side where there is room.
    var html: String {
        let figures = map { chart in
            """
            <figure><svg viewBox="0 0 \(Int(LineChart.width)) \(Int(chart.height))" role="img" \
            aria-label="\(HTMLReport.escaped(chart.title))">
            \(chart.svg)
            </svg></figure>
            """
        }
        return "<div class=\"charts\">\n\(figures.joined(separator: "\n"))\n</div>"
    }

    /// All in one image, two in a row.
    var image: String {
        var (y, parts) = (Self.margin, [String]())
        for start in stride(from: 0, to: count, by: 2) {
            let row = self[start..<Swift.min(start + 2, count)]
            for (column, chart) in row.enumerated() {
                let x = Self.margin + Double(column) * (LineChart.width + Self.margin)
                parts.append("<g transform=\"translate(\(x) \(y))\">\n\(chart.svg)\n</g>")
            }
            y += (row.map(\.height).max() ?? 0) + Self.margin
        }
        let width = 2 * LineChart.width + 3 * Self.margin
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(y))" \
            width="\(Int(width))" height="\(Int(y))">
            <style>\(ChartStyle.css)</style>
            <rect width="100%" height="100%" style="fill:var(--back)"/>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private static var margin: Double { 16 }
}
