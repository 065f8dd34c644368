/// Labels or annotations in one block of bytes, sorted by key: 30 pairs cost their text, 2 bytes each and one
/// allocation, where a dictionary of strings costs about 6 KB.
///
/// A key is found by walking the pairs, so keep a value that is asked for per scrape.
package struct PackedPairs: Sendable, Equatable {
    /// Key, value, key, value ..., each preceded by its length in bytes (LEB128).
    private var bytes: [UInt8] = []

    /// Of several pairs with one key the last counts.
    package init(_ pairs: some Sequence<(key: String, value: String)>) {
        let ordered = pairs.enumerated().sorted { left, right in
            // By bytes, the order in which Kubernetes prints them; String's own order is by canonical equivalence.
            guard left.element.key.utf8.elementsEqual(right.element.key.utf8) else {
                return left.element.key.utf8.lexicographicallyPrecedes(right.element.key.utf8)
            }
            return left.offset < right.offset
        }
        bytes.reserveCapacity(ordered.reduce(0) { $0 + $1.element.key.utf8.count + $1.element.value.utf8.count + 4 })
        for (position, pair) in ordered.enumerated() {
            let next = position + 1
            if next < ordered.count, ordered[next].element.key.utf8.elementsEqual(pair.element.key.utf8) { continue }
            append(pair.element.key)
            append(pair.element.value)
        }
    }

    package var isEmpty: Bool { bytes.isEmpty }

    package subscript(key: String) -> String? {
        var walk = Iterator(bytes: bytes)
        while let pair = walk.nextRanges() {
            if bytes[pair.key].elementsEqual(key.utf8) { return String(decoding: bytes[pair.value], as: UTF8.self) }
        }
        return nil
    }

    private mutating func append(_ text: String) {
        var length = text.utf8.count
        while length > 0x7f {
            bytes.append(UInt8(length & 0x7f | 0x80))
            length >>= 7
        }
        bytes.append(UInt8(length))
        bytes.append(contentsOf: text.utf8)
    }
}

extension PackedPairs: Sequence {
    package struct Iterator: IteratorProtocol {
        private let bytes: [UInt8]
        private var position = 0

        fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

        package mutating func next() -> (key: String, value: String)? {
            guard let pair = nextRanges() else { return nil }
            return (
                String(decoding: bytes[pair.key], as: UTF8.self), String(decoding: bytes[pair.value], as: UTF8.self)
            )
        }

        fileprivate mutating func nextRanges() -> (key: Range<Int>, value: Range<Int>)? {
            guard position < bytes.count else { return nil }
            let key = nextText()
            return (key, nextText())
        }

        private mutating func nextText() -> Range<Int> {
            var length = 0
            var shift = 0
            while bytes[position] > 0x7f {
                length |= Int(bytes[position] & 0x7f) << shift
                shift += 7
                position += 1
            }
            length |= Int(bytes[position]) << shift
            let start = position + 1
            position = start + length
            return start..<position
        }
    }

    package func makeIterator() -> Iterator { Iterator(bytes: bytes) }
}

extension PackedPairs: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral pairs: (String, String)...) {
        self.init(pairs.lazy.map { (key: $0.0, value: $0.1) })
    }
}

extension PackedPairs: CustomStringConvertible {
    package var description: String { map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
}
