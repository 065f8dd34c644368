import Foundation

/// Answers recorded from real kubelets. They are not part of the repository.
enum RecordedVectors {
    static let directory: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["KRP_VECTORS"].map { URL(filePath: $0) }
        let candidates = [named, root.deletingLastPathComponent().appending(path: "shared/vectors")]
        return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    static var arePresent: Bool { directory != nil }

    static func path(_ name: String) throws -> String {
        guard let directory else { throw CocoaError(.fileNoSuchFile) }
        return directory.appending(path: name).path
    }

    static func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }
}
