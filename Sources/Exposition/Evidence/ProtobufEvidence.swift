/// Finds the families that tell an identity in delimited protobuf. Others are skipped by their length, so that nearly nothing of
/// a body is looked at.
struct ProtobufEvidence {
    private enum State {
        /// Reading the length before a family.
        case length
        /// Reading the beginning of a family, of so many bytes: up to its name.
        case beginning(Int)
        /// Keeping a family whole.
        case keeping(Int)
        case skipping(Int)
        /// What came is no delimited protobuf.
        case lost
    }

    private(set) var shown = ShownIdentity()
    private var state = State.length
    private var message: [UInt8] = []
    /// Tag, length and the longest name of interest. A family begins with its name, as Go writes it.
    private static let enough = 64
    /// A longer family is of no use.
    private static let longestFamily = 64 * 1024

    mutating func scan(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count {
            switch state {
            case .length:
                message.append(unsafe bytes[position])
                position += 1
                takeLength()
            case .beginning(let length):
                unsafe take(upTo: min(length, Self.enough), from: bytes, &position)
                if message.count == min(length, Self.enough) { state = fate(ofFamilyOf: length) }
            case .keeping(let length):
                unsafe take(upTo: length, from: bytes, &position)
                if message.count == length { read() }
            case .skipping(let left):
                let count = min(left, bytes.count - position)
                position += count
                state = .skipping(left - count)
                if left == count { beginLength() }
            case .lost: return
            }
            if case .keeping(let length) = state, message.count == length { read() }
        }
    }

    private mutating func beginLength() {
        message.removeAll(keepingCapacity: true)
        state = .length
    }

    private mutating func takeLength() {
        guard let last = message.last, last < 0x80 else {
            if message.count == 10 { state = .lost }
            return
        }
        var length: UInt64 = 0
        for (index, byte) in message.enumerated() { length |= UInt64(byte & 0x7f) << UInt64(7 * index) }
        message.removeAll(keepingCapacity: true)
        guard length <= 1 << 40 else {
            state = .lost
            return
        }
        if length > 0 { state = .beginning(Int(length)) }
    }

    private mutating func take(upTo count: Int, from bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        let end = min(position + count - message.count, bytes.count)
        unsafe message.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        position = end
    }

    private func fate(ofFamilyOf length: Int) -> State {
        let rest = length - message.count
        // Field 1, the name, of a length below 128.
        guard message.count >= 2, message[0] == 0x0a, message[1] < 0x80, 2 + Int(message[1]) <= message.count,
            ShownIdentity.Family(String(decoding: message[2..<2 + Int(message[1])], as: UTF8.self)) != nil,
            length <= Self.longestFamily
        else { return .skipping(rest) }
        return .keeping(length)
    }

    // MARK: The family

    /// `MetricFamily { 1: name, 4: Metric { 1: LabelPair { 1: name, 2: value } } }`
    private mutating func read() {
        defer { beginLength() }
        let message = message
        unsafe message.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            do throws(ProtobufError) {
                var family: ShownIdentity.Family?
                var reader = unsafe WireReader(base, 0..<bytes.count)
                while !reader.isAtEnd {
                    let field = try reader.readField()
                    switch (field.number, field.type) {
                    case (1, .length): family = ShownIdentity.Family(unsafe text(base, field.payload))
                    case (4, .length):
                        if let family { try unsafe read(metric: field.payload, base, family) }
                    default: break
                    }
                }
            } catch {
                // A body that is broken here is for the scraper to judge.
            }
        }
    }

    private mutating func read(
        metric: Range<Int>, _ base: UnsafePointer<UInt8>, _ family: ShownIdentity.Family
    ) throws(ProtobufError) {
        var metric = unsafe WireReader(base, metric)
        while !metric.isAtEnd {
            let field = try metric.readField()
            guard field.number == 1, field.type == .length else { continue }
            var pair = unsafe WireReader(base, field.payload)
            var (name, value) = ("", "")
            while !pair.isAtEnd {
                let part = try pair.readField()
                guard part.type == .length else { continue }
                if part.number == 1 { unsafe name = text(base, part.payload) }
                if part.number == 2 { unsafe value = text(base, part.payload) }
            }
            shown.take(label: name, value: value, ofFamily: family)
        }
    }

    private func text(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> String {
        unsafe String(decoding: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
    }
}
