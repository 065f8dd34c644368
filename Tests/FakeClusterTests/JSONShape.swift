import Foundation

/// What a JSON document looks like apart from its values: for each path, the type found there.
struct JSONShape: Equatable {
    let paths: [String: String]

    init(_ json: [UInt8]) throws {
        var paths: [String: String] = [:]
        Self.walk(try JSONSerialization.jsonObject(with: Data(json)), at: "", into: &paths)
        self.paths = paths
    }

    private static func walk(_ value: Any, at path: String, into paths: inout [String: String]) {
        switch value {
        case let object as [String: Any]:
            paths[path] = "object"
            for (key, member) in object { walk(member, at: "\(path)/\(key)", into: &paths) }
        case let array as [Any]:
            paths[path] = "array"
            for element in array { walk(element, at: "\(path)[]", into: &paths) }
        case is String: paths[path] = "string"
        default: paths[path] = "scalar"
        }
    }

    /// Paths of the recorded document that the fake lacks or has as another type, but for those ignored.
    func missing(from fake: JSONShape, ignoring ignored: [String] = []) -> [String] {
        paths.filter { path, type in
            fake.paths[path] != type && !ignored.contains { path.contains($0) }
        }.keys.sorted()
    }
}
