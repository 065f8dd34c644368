import Glibc

/// Who a kubelet says it is in its metrics (spec 6.1 c).
package struct KubeletIdentity: Hashable, Sendable {
    package var nodeName: String
    package var machine: FakeNode.Machine

    package init(_ node: FakeNode) {
        nodeName = node.name
        machine = node.machine
    }
}

/// A body whose identity can be exchanged. What stands before its first mention and after its last is shared by all who
/// use the template, compressed as well.
struct BodyTemplate: Sendable {
    private enum Piece {
        case text([UInt8])
        case nodeName
        case machineID
        case systemUUID
        case bootID
    }

    private let prefix: [UInt8]
    private let middle: [Piece]
    private let suffix: [UInt8]
    private let deflatedPrefix: [UInt8]
    private let deflatedSuffix: [UInt8]
    private let prefixChecksum: GzipChecksum

    /// - Parameter body: text 0.0.4 of any kubelet.
    init(_ body: [UInt8]) {
        let mentions = Self.mentions(in: body)
        let first = mentions.first?.range.lowerBound ?? body.count
        let last = mentions.last?.range.upperBound ?? body.count
        prefix = Array(body[..<first])
        suffix = Array(body[last...])
        var middle: [Piece] = []
        var position = first
        for mention in mentions {
            middle.append(.text(Array(body[position..<mention.range.lowerBound])))
            middle.append(mention.piece)
            position = mention.range.upperBound
        }
        self.middle = middle
        deflatedPrefix = Deflate.compress(prefix, .middle)
        deflatedSuffix = Deflate.compress(suffix, .last)
        var checksum = GzipChecksum()
        checksum.add(prefix)
        prefixChecksum = checksum
    }

    func body(for identity: KubeletIdentity) -> MetricsBody {
        var own: [UInt8] = []
        for piece in middle {
            switch piece {
            case .text(let bytes): own += bytes
            case .nodeName: own += identity.nodeName.utf8
            case .machineID: own += identity.machine.machineID.utf8
            case .systemUUID: own += identity.machine.systemUUID.utf8
            case .bootID: own += identity.machine.bootID.utf8
            }
        }
        var checksum = prefixChecksum
        checksum.add(own)
        checksum.add(suffix)
        return MetricsBody(
            plain: PiecedBytes([prefix, own, suffix]),
            gzip: PiecedBytes([
                Gzip.header, deflatedPrefix, Deflate.compress(own, .middle), deflatedSuffix, checksum.trailer,
            ]))
    }

    private static func mentions(in body: [UInt8]) -> [(range: Range<Int>, piece: Piece)] {
        let labels: [(name: String, piece: Piece)] = [
            ("node=\"", .nodeName), ("machine_id=\"", .machineID), ("system_uuid=\"", .systemUUID),
            ("boot_id=\"", .bootID),
        ]
        var mentions: [(range: Range<Int>, piece: Piece)] = []
        for line in linesWithIdentity(in: body) {
            for label in labels {
                guard let range = value(of: label.name, in: body[line]) else { continue }
                mentions.append((range, label.piece))
            }
        }
        return mentions.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The few lines that name a node or a machine, found by hopping: bodies have tens of thousands of others.
    private static func linesWithIdentity(in body: [UInt8]) -> [Range<Int>] {
        unsafe body.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            var lines: [Range<Int>] = []
            var start = 0
            while start < bytes.count {
                let newline = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
                let end = unsafe newline.map { unsafe UnsafeRawPointer($0) - base } ?? bytes.count
                let line = unsafe bytes[start..<end]
                if unsafe line.starts(with: "machine_".utf8) || line.starts(with: "kubelet_node_name{".utf8) {
                    lines.append(start..<end)
                }
                start = end + 1
            }
            return lines
        }
    }

    /// Where the value of a label stands, without its quotes.
    private static func value(of label: String, in line: ArraySlice<UInt8>) -> Range<Int>? {
        guard let place = line.firstRange(of: Array(label.utf8)) else { return nil }
        guard let end = line[place.upperBound...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        return place.upperBound..<end
    }
}
