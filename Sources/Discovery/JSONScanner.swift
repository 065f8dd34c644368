/// Reads one JSON text (RFC 8259) from front to back: the caller asks for what it needs and skips the rest.
///
/// A Node object is 15 KB, of which some 3 KB are of interest. Skipping costs one look at each byte and no allocation,
/// which is what lets a first list of 5,000 nodes fit into a second (spec 14.5); a decoder that builds every value
/// takes ten times as long. What is skipped is checked for balanced brackets and ended strings only.
///
/// `null` reads as an absent value, as in Kubernetes' own decoder.
struct JSONScanner {
    struct Failure: Error, Equatable {
        /// In bytes from the start of the text.
        var offset: Int
        /// Such as `status.addresses[].type`; empty at the top.
        var path: String
        /// Fact and limit; never a value, which may be a secret.
        var problem: String
    }

    private let bytes: [UInt8]
    private(set) var position: Int
    /// The container that was entered last has shown no member yet.
    private var atFirstMember = false

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// Moves to the first byte that is no white space; nil at the end of the text.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    func failure(_ path: String, _ problem: String) -> Failure {
        Failure(offset: position, path: path, problem: problem)
    }
}

// MARK: - Containers

extension JSONScanner {
    /// False for null. Then come `nextKey` and a value, in turn, until `nextKey` gives nil.
    mutating func enterObject(_ path: String) throws(Failure) -> Bool {
        try enter(UInt8(ascii: "{"), "an object", path)
    }

    /// False for null. Then come `nextElement` and a value, in turn, until `nextElement` gives false.
    mutating func enterArray(_ path: String) throws(Failure) -> Bool {
        try enter(UInt8(ascii: "["), "a list", path)
    }

    /// The key of the next member, or nil behind the last.
    mutating func nextKey() throws(Failure) -> String? {
        guard try nextMember(endingWith: UInt8(ascii: "}")) else { return nil }
        let key = try string("")
        guard peek() == UInt8(ascii: ":") else { throw failure("", "malformed JSON: expected ':' behind a key") }
        position += 1
        return key
    }

    mutating func nextElement() throws(Failure) -> Bool { try nextMember(endingWith: UInt8(ascii: "]")) }

    private mutating func enter(_ bracket: UInt8, _ expected: String, _ path: String) throws(Failure) -> Bool {
        if try isNull() { return false }
        guard peek() == bracket else { throw failure(path, "expected \(expected), found \(foundKind())") }
        position += 1
        atFirstMember = true
        return true
    }

    private mutating func nextMember(endingWith bracket: UInt8) throws(Failure) -> Bool {
        guard let byte = peek() else { throw failure("", "the text ends in the middle") }
        let isFirst = atFirstMember
        atFirstMember = false
        if byte == bracket {
            position += 1
            return false
        }
        guard !isFirst else { return true }
        guard byte == UInt8(ascii: ",") else {
            throw failure("", "malformed JSON: expected ',' or '\(Unicode.Scalar(bracket))'")
        }
        position += 1
        return true
    }
}

// MARK: - Scalars

extension JSONScanner {
    /// Empty for null.
    mutating func string(_ path: String) throws(Failure) -> String {
        if try isNull() { return "" }
        guard peek() == UInt8(ascii: "\"") else { throw failure(path, "expected a string, found \(foundKind())") }
        let start = position + 1
        let escaped = try skipString()
        let content = bytes[start..<(position - 1)]
        if let control = content.firstIndex(where: { $0 < 0x20 }) {
            position = control
            throw failure(path, "malformed JSON: a control character in a string has to be escaped")
        }
        return escaped ? try unescaped(start..<(position - 1), path) : String(decoding: content, as: UTF8.self)
    }

    /// 0 for null.
    mutating func integer(_ path: String) throws(Failure) -> Int {
        if try isNull() { return 0 }
        _ = peek()
        let start = position
        guard start < bytes.count, bytes[start] == UInt8(ascii: "-") || Self.isDigit(bytes[start]) else {
            throw failure(path, "expected a whole number, found \(foundKind())")
        }
        skipScalar()
        guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            position = start
            throw failure(path, "expected a whole number")
        }
        return value
    }

    /// False for null.
    mutating func boolean(_ path: String) throws(Failure) -> Bool {
        if try isNull() { return false }
        if take("true") { return true }
        if take("false") { return false }
        throw failure(path, "expected true or false, found \(foundKind())")
    }

    mutating func isNull() throws(Failure) -> Bool {
        guard peek() != nil else { throw failure("", "the text ends in the middle") }
        return take("null")
    }

    private mutating func take(_ word: StaticString) -> Bool {
        guard peek() != nil, bytes.count - position >= word.utf8CodeUnitCount else { return false }
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { unsafe bytes[position..<end].elementsEqual($0) }
        if matches { position = end }
        return matches
    }

    /// What stands here, for a message.
    private mutating func foundKind() -> String {
        switch peek() {
        case nil: "the end of the text"
        case UInt8(ascii: "\""): "a string"
        case UInt8(ascii: "{"): "an object"
        case UInt8(ascii: "["): "a list"
        case UInt8(ascii: "t"), UInt8(ascii: "f"): "a boolean"
        case UInt8(ascii: "n"): "null"
        case let byte?: byte == UInt8(ascii: "-") || Self.isDigit(byte) ? "a number" : "malformed JSON"
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}

// MARK: - Skipping

extension JSONScanner {
    /// Passes over one value of any kind.
    mutating func skip() throws(Failure) {
        guard let byte = peek() else { throw failure("", "the text ends in the middle") }
        switch byte {
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"):
            throw failure("", "malformed JSON: expected a value")
        default: skipScalar()
        }
    }

    /// Iterative: nesting costs one bit a level and no stack.
    private mutating func skipContainer() throws(Failure) {
        var isObject: [Bool] = []
        repeat {
            guard position < bytes.count else { throw failure("", "the text ends in the middle") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = try skipString()
                continue
            case UInt8(ascii: "{"): isObject.append(true)
            case UInt8(ascii: "["): isObject.append(false)
            case UInt8(ascii: "}"):
                guard isObject.removeLast() else { throw failure("", "malformed JSON: expected ']', found '}'") }
            case UInt8(ascii: "]"):
                guard !isObject.removeLast() else { throw failure("", "malformed JSON: expected '}', found ']'") }
            default: break
            }
            position += 1
        } while !isObject.isEmpty
    }

    /// From the opening quote to behind the closing one; true where the string holds an escape.
    private mutating func skipString() throws(Failure) -> Bool {
        var end = position + 1
        var escaped = false
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\""):
                position = end + 1
                return escaped
            case UInt8(ascii: "\\"):
                escaped = true
                end += 2
            default: end += 1
            }
        }
        throw failure("", "the text ends inside a string")
    }

    /// A number, true, false or null.
    private mutating func skipScalar() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0a, 0x0d, 0x09: return
            default: position += 1
            }
        }
    }
}

// MARK: - Escapes

extension JSONScanner {
    private func unescaped(_ content: Range<Int>, _ path: String) throws(Failure) -> String {
        var text: [UInt8] = []
        var index = content.lowerBound
        while index < content.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            // `skipString` saw to it that a byte follows the backslash.
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index - 1])
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text.append(contentsOf: try codePoint(&index, content.upperBound, path))
            default: throw Failure(offset: index - 1, path: path, problem: "malformed JSON: unknown escape")
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `index` stands behind `\u`. A lone surrogate becomes U+FFFD, as in Go.
    private func codePoint(_ index: inout Int, _ end: Int, _ path: String) throws(Failure) -> [UInt8] {
        guard let first = hexadecimal(at: index, before: end) else {
            throw Failure(offset: index, path: path, problem: "malformed JSON: expected four hexadecimal digits")
        }
        index += 4
        var value = UInt32(first)
        if first & 0xfc00 == 0xd800, index + 1 < end, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"), let second = hexadecimal(at: index + 2, before: end),
            second & 0xfc00 == 0xdc00
        {
            index += 6
            value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
        }
        return Array(String(Character(Unicode.Scalar(value) ?? "\u{fffd}")).utf8)
    }

    private func hexadecimal(at start: Int, before end: Int) -> UInt16? {
        guard start + 4 <= end else { return nil }
        let digits = bytes[start..<(start + 4)]
        guard digits.allSatisfy({ Self.isDigit($0) || ($0 | 0x20) &- 0x61 < 6 }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
