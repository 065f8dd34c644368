import Foundation

/// Answers recorded from a real API server and real kubelets. They are not part of the repository.
enum RecordedVectors {
    static let directory: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["KRP_VECTORS"].map { URL(filePath: $0) }
        let candidates = [named, root.deletingLastPathComponent().appending(path: "shared/vectors")]
        return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    static var arePresent: Bool { directory != nil }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let directory else { throw CocoaError(.fileNoSuchFile) }
        return [UInt8](try Data(contentsOf: directory.appending(path: path)))
    }

    static func lines(_ path: String) throws -> [[UInt8]] {
        try bytes(path).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
