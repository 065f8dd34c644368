/// Finds the series that tell an identity in the text formats. Lines are lexed: a line feed inside a quoted label value ends
/// none (spec 7.5).
struct TextEvidence {
    private enum State {
        /// At the start of a line, of which `line` holds what came so far: too little to tell what it is.
        case lineStart
        /// In a line that is kept in `line`.
        case keeping
        /// In a line that is of no use.
        case skipping
        /// In a comment: quotes mean nothing there.
        case comment
    }

    private(set) var shown = ShownIdentity()
    private var state = State.lineStart
    private var isQuoted = false
    private var isEscaped = false
    private var line: [UInt8] = []
    /// How a line of interest goes on that began like this one.
    private var awaited: [UInt8] = []
    /// A longer line is of no use: names and ids are short.
    private static let longestLine = 4096
    private static let node = Array("kubelet_node_name{".utf8)
    private static let machine = Array("machine_".utf8)
    private static let newline = UInt8(ascii: "\n")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    mutating func scan(_ bytes: UnsafeRawBufferPointer) {
        guard let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var position = 0
        while position < bytes.count {
            switch state {
            case .lineStart: unsafe position = classify(base, position, bytes.count)
            case .keeping: unsafe position = keep(base, position, bytes.count)
            case .skipping: unsafe position = skip(base, position, bytes.count)
            case .comment:
                unsafe position = ByteScan.first(Self.newline, base, position, bytes.count)
                if position < bytes.count { beginLine(&position) }
            }
        }
    }

    private mutating func beginLine(_ position: inout Int) {
        position += 1
        line.removeAll(keepingCapacity: true)
        state = .lineStart
        (isQuoted, isEscaped) = (false, false)
    }

    /// Nearly every line is told by its first byte, the others by their first few.
    private mutating func classify(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end {
            let byte = unsafe base[position]
            let index = line.count
            let goesOn = index == 0 ? chooseName(byte) : index < awaited.count && awaited[index] == byte
            guard goesOn else {
                if byte == Self.newline {
                    beginLine(&position)
                } else {
                    state = index == 0 && byte == UInt8(ascii: "#") ? .comment : .skipping
                }
                // Otherwise the byte is looked at again: it may be a quote.
                return position
            }
            line.append(byte)
            position += 1
            if line.count == awaited.count {
                state = .keeping
                return position
            }
        }
        return position
    }

    private mutating func chooseName(_ first: UInt8) -> Bool {
        switch first {
        case Self.node[0]: awaited = Self.node
        case Self.machine[0]: awaited = Self.machine
        default: return false
        }
        return true
    }

    private mutating func keep(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end {
            let byte = unsafe base[position]
            if byte == Self.newline, !isQuoted {
                read()
                beginLine(&position)
                return position
            }
            guard line.count < Self.longestLine else {
                state = .skipping
                return position
            }
            track(byte)
            line.append(byte)
            position += 1
        }
        return position
    }

    /// Hops from line to line, as long as each has all its quotes.
    private mutating func skip(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var position = start
        if !isQuoted, !isEscaped {
            let newline = unsafe ByteScan.first(Self.newline, base, position, end)
            if newline < end, unsafe hasWholeQuotes(base, position, newline) {
                position = newline
                beginLine(&position)
                return position
            }
        }
        while position < end {
            let byte = unsafe base[position]
            if byte == Self.newline, !isQuoted {
                beginLine(&position)
                return position
            }
            track(byte)
            position += 1
        }
        return position
    }

    private mutating func track(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == Self.backslash {
            isEscaped = isQuoted
        } else if byte == Self.quote {
            isQuoted.toggle()
        }
    }

    /// Whether a line has an even number of quotes and no escape that could make one of them none.
    private func hasWholeQuotes(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let quotes = SIMD16<UInt8>(repeating: Self.quote)
        let backslashes = SIMD16<UInt8>(repeating: Self.backslash)
        var odd: UInt8 = 0
        var position = start
        while position + 16 <= end {
            let bytes = unsafe ByteScan.load16(base, position)
            if ByteScan.firstLane(bytes .== backslashes) < 16 { return false }
            odd &+= SIMD16<UInt8>(repeating: 0).replacing(with: 1, where: bytes .== quotes).wrappedSum()
            position += 16
        }
        while position < end {
            let byte = unsafe base[position]
            if byte == Self.backslash { return false }
            if byte == Self.quote { odd &+= 1 }
            position += 1
        }
        return odd & 1 == 0
    }

    // MARK: The line

    /// Reads `name{label="value",...} ...`.
    private mutating func read() {
        guard let brace = line.firstIndex(of: UInt8(ascii: "{")),
            let family = ShownIdentity.Family(String(decoding: line[..<brace], as: UTF8.self))
        else { return }
        var position = brace + 1
        while position < line.count, let equals = line[position...].firstIndex(of: UInt8(ascii: "=")) {
            let label = String(decoding: line[position..<equals], as: UTF8.self)
            position = equals + 1
            guard position < line.count, line[position] == Self.quote else { return }
            guard let value = quotedValue(from: &position) else { return }
            shown.take(label: label.filter { $0 != " " && $0 != "," }, value: value, ofFamily: family)
            if position < line.count, line[position] == UInt8(ascii: "}") { return }
        }
    }

    private func quotedValue(from position: inout Int) -> String? {
        position += 1
        var value: [UInt8] = []
        while position < line.count {
            switch line[position] {
            case Self.quote:
                position += 1
                return String(decoding: value, as: UTF8.self)
            case Self.backslash:
                position += 1
                guard position < line.count else { return nil }
                value.append(line[position] == UInt8(ascii: "n") ? Self.newline : line[position])
            case let byte: value.append(byte)
            }
            position += 1
        }
        return nil
    }
}
