/// One line of a watch (Kubernetes `meta/v1.WatchEvent`).
package enum WatchEvent: Sendable, Equatable {
    case added(Node)
    case modified(Node)
    /// The node as it was last.
    case deleted(Node)
    /// Everything up to this revision has been told.
    case bookmark(resourceVersion: String)
    /// The server can't go on; its HTTP status was 200 all the same.
    case error(APIStatus)

    /// Reads one event in JSON.
    package init(json: [UInt8]) throws(DocumentError) {
        do {
            self = try JSONScanner.watchEvent(json)
        } catch {
            throw DocumentError(source: "watch of nodes", path: error.path, problem: error.problem)
        }
    }
}

extension JSONScanner {
    fileprivate static func watchEvent(_ json: [UInt8]) throws(Failure) -> WatchEvent {
        var scanner = JSONScanner(json)
        var type = ""
        var object: Int?
        guard try scanner.enterObject("") else { throw scanner.failure("", "expected a watch event, found null") }
        while let key = try scanner.nextKey() {
            switch key {
            case "type": type = try scanner.string("type")
            case "object":
                object = scanner.position
                try scanner.skip()
            default: try scanner.skip()
            }
        }
        guard scanner.peek() == nil else { throw scanner.failure("", "malformed JSON: more than one value in a line") }
        guard let object else { throw scanner.failure("object", "missing") }
        scanner = JSONScanner(json, from: object)
        do throws(Failure) {
            switch type {
            case "ADDED": return .added(try scanner.watchedNode())
            case "MODIFIED": return .modified(try scanner.watchedNode())
            case "DELETED": return .deleted(try scanner.watchedNode())
            case "BOOKMARK": return .bookmark(resourceVersion: try scanner.objectResourceVersion())
            case "ERROR": return .error(try JSONScanner.status(scanner))
            default: throw scanner.failure("", "unknown type of event")
            }
        } catch {
            throw error.within("object")
        }
    }

    private mutating func watchedNode() throws(Failure) -> Node {
        let node = try node(from: .api)
        guard !node.resourceVersion.isEmpty else {
            throw failure("metadata.resourceVersion", "missing: no watch can be resumed here")
        }
        return node
    }

    private mutating func objectResourceVersion() throws(Failure) -> String {
        var revision = ""
        guard try enterObject("") else { throw failure("", "expected an object, found null") }
        while let key = try nextKey() {
            guard key == "metadata", try enterObject("metadata") else {
                if key != "metadata" { try skip() }
                continue
            }
            while let key = try nextKey() {
                if key == "resourceVersion" { revision = try string("metadata.resourceVersion") } else { try skip() }
            }
        }
        guard !revision.isEmpty else { throw failure("metadata.resourceVersion", "missing") }
        return revision
    }
}
