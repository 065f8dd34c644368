import Discovery
import Foundation

/// The recorded data beside the repository, where it is present: in `KRP_VECTORS`, else in `../shared/vectors`.
enum Vectors {
    static let directory =
        ProcessInfo.processInfo.environment["KRP_VECTORS"].map { URL(fileURLWithPath: $0, isDirectory: true) }
        ?? URL(fileURLWithPath: #filePath).appending(path: "../../../../shared/vectors").standardized

    static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: path).path)
    }

    static func read(_ path: String) throws -> Data { try Data(contentsOf: directory.appending(path: path)) }
}

/// A Node object as JSON, as far as the vectors need it.
struct VectorNode: Decodable {
    struct Metadata: Decodable {
        var name: String?
        var uid: String?
        var creationTimestamp: Date?
    }

    struct Address: Decodable {
        var type: String
        var address: String
    }

    struct Condition: Decodable {
        var type: String
        var status: String
        var lastTransitionTime: Date?
    }

    struct Status: Decodable {
        var addresses: [Address]?
        var conditions: [Condition]?
    }

    var metadata: Metadata
    var status: Status

    var node: Node {
        let ready = status.conditions?.first { $0.type == "Ready" }
        let states: [String: ReadyCondition.Status] = ["True": .true, "False": .false]
        return Node(
            name: metadata.name ?? "", uid: metadata.uid ?? "",
            addresses: (status.addresses ?? []).map { NodeAddress(NodeAddress.Kind($0.type), $0.address) },
            ready: ready.map {
                ReadyCondition(
                    states[$0.status] ?? .unknown,
                    lastTransition: $0.lastTransitionTime.map { Int64($0.timeIntervalSince1970) })
            } ?? ReadyCondition(),
            createdAt: metadata.creationTimestamp.map { Int64($0.timeIntervalSince1970) })
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
