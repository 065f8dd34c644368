/// Labels or annotations in one block of bytes, sorted by key: 30 pairs cost their text, 2 bytes each and one
/// allocation, where a dictionary of strings costs about 6 KB.
///
/// A key is found by walking the pairs, so keep a value that is asked for per scrape.
package struct PackedPairs: Sendable, Equatable {
    /// Key, value, key, value ..., each preceded by its length in bytes (LEB128).
    private var bytes: [UInt8] = []

    /// Of several pairs with one key the last counts.
    package init(_ pairs: some Sequence<(key: String, value: String)>) {
        let pairs = Array(pairs)
        bytes.reserveCapacity(pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 4 })
        for pair in Self.isInOrder(pairs) ? pairs : Self.ordered(pairs) {
            append(pair.key)
            append(pair.value)
        }
    }

    /// Kubernetes writes its maps in order, so mostly there is nothing to sort.
    private static func isInOrder(_ pairs: [(key: String, value: String)]) -> Bool {
        zip(pairs, pairs.dropFirst()).allSatisfy { $0.key < $1.key }
    }

    private static func ordered(_ pairs: [(key: String, value: String)]) -> [(key: String, value: String)] {
        Dictionary(pairs.lazy.map { ($0.key, $0.value) }) { _, last in last }
            .sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
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
