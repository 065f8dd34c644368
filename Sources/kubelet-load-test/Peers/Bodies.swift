import FakeCluster
import Foundation

/// A body that the upstream serves, by the name of its file.
enum Body: String, CaseIterable {
    case kilobyte = "1k"
    case hundredKilobytes = "100k"
    case fourMegabytes = "4m"
    /// As much of 4 MB as whole lines fill: rewriters read lines.
    case text = "text"
    case gzipText = "text.gz"

    var size: String {
        switch self {
        case .kilobyte: "1 KB"
        case .hundredKilobytes: "100 KB"
        case .fourMegabytes, .text, .gzipText: "4 MB"
        }
    }
}

/// The bytes of those bodies, all from one text.
struct Bodies {
    private static let largest = 4 << 20
    private let filled: [UInt8]
    let text: [UInt8]

    init(recordedIn file: String?) throws {
        guard let file else {
            try self.init(of: Self.generated())
            return
        }
        guard let data = FileManager.default.contents(atPath: file) else { throw PeersError("can't read \(file)") }
        do { try self.init(of: Array(data)) } catch { throw PeersError("\(file): \(error)") }
    }

    init(of source: [UInt8]) throws {
        guard source.last == UInt8(ascii: "\n"), SeriesText(source).labelledSeries > 0 else {
            throw PeersError("the body has to be text 0.0.4 with labels, and end with a newline")
        }
        var filled: [UInt8] = []
        while filled.count < Self.largest { filled += source.prefix(Self.largest - filled.count) }
        self.filled = filled
        text = Array(filled[...(filled.lastIndex(of: UInt8(ascii: "\n")) ?? 0)])
    }

    private static func generated() -> [UInt8] {
        let node = KubeletIdentity(FakeNode(Bench.node, address: "127.0.0.1"))
        let corpus = MetricsCorpus.generated(bytes: largest + largest / 8)
        return corpus.body("/metrics/cadvisor", for: node)?.plain.joined ?? []
    }

    /// - Returns: the bytes without compression.
    func bytes(of body: Body) -> ArraySlice<UInt8> {
        switch body {
        case .kilobyte: filled.prefix(1024)
        case .hundredKilobytes: filled.prefix(100 * 1024)
        case .fourMegabytes: filled[...]
        case .text, .gzipText: text[...]
        }
    }
}
