import Relabeling

/// Writes a series that rules changed: labels in the order of the body, then those that were added in the order in which
/// rules added them. What did not change keeps its bytes.
enum SeriesWriter {
    static func append(
        _ labels: borrowing Labels, _ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>, next: Int,
        to output: inout OutputBytes
    ) {
        let hasBraces = unsafe appendLabels(labels, record, base, to: &output)
        // Text needs no blank behind a brace, but behind a name.
        let suffix = unsafe base[record.seriesEnd]
        if !hasBraces, suffix != UInt8(ascii: " "), suffix != UInt8(ascii: "\t") { output.append(UInt8(ascii: " ")) }
        let rest = next - record.seriesEnd
        unsafe output.append(UnsafeRawBufferPointer(start: base + record.seriesEnd, count: rest))
    }

    /// - Returns: whether the series has braces.
    private static func appendLabels(
        _ labels: borrowing Labels, _ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>,
        to output: inout OutputBytes
    ) -> Bool {
        let name = labels[0].value
        var separator = UInt8(ascii: "{")
        if unsafe Escaping.isClassic(name.start, name.count, colons: true) {
            unsafe output.append(UnsafeRawBufferPointer(name.bytes))
        } else {
            output.append(UInt8(ascii: "{"))
            unsafe Escaping.appendName(name.start, name.count, colons: true, to: &output)
            separator = UInt8(ascii: ",")
        }
        // A quoted name may stand between labels, and is not to leave twice.
        let canJoin = unsafe !record.isNameQuoted || record.labelCount == 0 || record.name < record.labels[0].name
        var index = 1
        while index < labels.count {
            let label = labels[index]
            index += 1
            if !label.isPresent { continue }
            output.append(separator)
            separator = UInt8(ascii: ",")
            guard label.origin > 0 else {
                append(label, to: &output)
                continue
            }
            // Neighbours that stay leave in one run, with what stands between them.
            var last = Int(label.origin)
            while canJoin, index < labels.count, labels[index].isPresent, Int(labels[index].origin) == last + 1 {
                last += 1
                index += 1
            }
            unsafe appendRaw(record.labels[Int(label.origin) - 1], record.labels[last - 1], base, to: &output)
        }
        if separator == UInt8(ascii: "{") { return false }
        output.append(UInt8(ascii: "}"))
        return true
    }

    /// `name="value"` as it stands, blanks and quotes included, from one label to another.
    @inline(__always)
    private static func appendRaw(
        _ first: LabelSpan, _ last: LabelSpan, _ base: UnsafePointer<UInt8>, to output: inout OutputBytes
    ) {
        let start = Int(first.name) - (first.isNameQuoted ? 1 : 0)
        let end = Int(last.value) + Int(last.valueLength) + 1
        unsafe output.append(UnsafeRawBufferPointer(start: base + start, count: end - start))
    }

    private static func append(_ label: Label, to output: inout OutputBytes) {
        unsafe Escaping.appendName(label.name.start, label.name.count, colons: false, to: &output)
        output.append("=\"")
        unsafe Escaping.append(label.value.start, label.value.count, to: &output)
        output.append(UInt8(ascii: "\""))
    }
}
