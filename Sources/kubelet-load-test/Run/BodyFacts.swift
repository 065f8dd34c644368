import FakeCluster
import Glibc

/// What a body in text 0.0.4 says of itself, read line by line.
struct BodyFacts: Equatable {
    var samples = 0
    /// Every `machine_id` that it names.
    var machines: Set<String> = []
    var hasMarker = false
    /// The label `node` of the marker, which a kubelet does not put there: somebody stamped it.
    var stampedNode: String?
    /// How many samples carry that very label.
    var stampedSamples = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            let end = unsafe Self.endOfLine(bytes, from: start)
            unsafe read(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end + 1
        }
        if let stampedNode { unsafe countStamps(of: stampedNode, in: bytes) }
    }

    init(_ body: [UInt8]) {
        self = unsafe body.withUnsafeBytes { unsafe BodyFacts($0) }
    }

    private static func endOfLine(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = bytes.baseAddress, let end = unsafe memchr(base + start, 0x0a, bytes.count - start) else {
            return bytes.count
        }
        return unsafe UnsafeRawPointer(end) - base
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) {
        guard let first = unsafe line.first, first != UInt8(ascii: "#") else { return }
        samples += 1
        // Only `machine_*` names machines, and no other family of a kubelet begins with these letters.
        guard first == UInt8(ascii: "m"), unsafe line.starts(with: "machine_".utf8) else { return }
        if let machine = unsafe Self.value(of: "machine_id", in: line) { machines.insert(machine) }
        guard unsafe line.starts(with: "\(MetricsCorpus.markerFamily){".utf8) else { return }
        hasMarker = true
        stampedNode = unsafe Self.value(of: "node", in: line)
    }

    private static func value(of label: String, in line: UnsafeRawBufferPointer) -> String? {
        for start in [UInt8(ascii: "{"), UInt8(ascii: ",")] {
            let name = [start] + Array("\(label)=\"".utf8)
            guard let position = unsafe find(name, in: line, from: 0) else { continue }
            let rest = unsafe line[(position + name.count)...]
            return unsafe String(decoding: rest.prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        }
        return nil
    }

    private mutating func countStamps(of node: String, in bytes: UnsafeRawBufferPointer) {
        let label = Array("node=\"\(node)\"".utf8)
        var position = 0
        while let found = unsafe Self.find(label, in: bytes, from: position) {
            // `exported_node` ends in the same letters.
            let before = found > 0 ? unsafe bytes[found - 1] : 0
            if before == UInt8(ascii: "{") || before == UInt8(ascii: ",") { stampedSamples += 1 }
            position = found + label.count
        }
    }

    /// Hops along the equals signs, which are rarer than any letter of a label's name.
    private static func find(_ label: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let pivot = label.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return unsafe label.withUnsafeBytes { label in
            guard let wanted = label.baseAddress else { return nil }
            var position = start + pivot
            while position < bytes.count,
                let sign = unsafe memchr(base + position, Int32(UInt8(ascii: "=")), bytes.count - position)
            {
                let place = unsafe UnsafeRawPointer(sign) - base - pivot
                guard place + label.count <= bytes.count else { return nil }
                if unsafe memcmp(base + place, wanted, label.count) == 0 { return place }
                position = place + pivot + 1
            }
            return nil
        }
    }
}
