import Foundation

/// Recorded answers of a real API server; they lie outside the repository and may be absent.
enum Vectors {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["KRP_VECTORS"] { return URL(fileURLWithPath: path) }
        let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/vectors")
    }()

    static let arePresent = FileManager.default.fileExists(atPath: root.appending(path: "kubernetes").path)

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: root.appending(path: name))) }

    /// The events of a recorded watch.
    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
