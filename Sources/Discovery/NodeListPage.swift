/// One page of a list of nodes (Kubernetes API, `GET /api/v1/nodes?limit=`).
package struct NodeListPage: Sendable, Equatable {
    package var nodes: [Node]
    /// The revision of the whole list, the same on each of its pages: a watch continues from there.
    package var resourceVersion: String
    /// Names the next page; empty on the last one.
    package var continuation: String

    package init(nodes: [Node], resourceVersion: String, continuation: String = "") {
        self.nodes = nodes
        self.resourceVersion = resourceVersion
        self.continuation = continuation
    }

    /// Reads a NodeList in JSON.
    package init(json: [UInt8]) throws(DocumentError) {
        do {
            self = try JSONScanner.nodeListPage(json)
        } catch {
            throw DocumentError(source: "list of nodes", path: error.path, problem: error.problem)
        }
    }
}

extension JSONScanner {
    fileprivate static func nodeListPage(_ json: [UInt8]) throws(Failure) -> NodeListPage {
        var scanner = JSONScanner(json)
        var page = NodeListPage(nodes: [], resourceVersion: "")
        var kind = ""
        guard try scanner.enterObject("") else { throw scanner.failure("", "expected a NodeList, found null") }
        while let key = try scanner.nextKey() {
            switch key {
            case "kind": kind = try scanner.string("kind")
            case "metadata": try scanner.readListMetadata(into: &page)
            case "items": page.nodes = try scanner.nodes()
            default: try scanner.skip()
            }
        }
        guard scanner.peek() == nil else { throw scanner.failure("", "malformed JSON: more than one value") }
        // A gateway in front of the API server may answer 200 with a text of its own.
        guard kind == "NodeList" else { throw scanner.failure("kind", "expected NodeList") }
        guard !page.resourceVersion.isEmpty else {
            throw scanner.failure("metadata.resourceVersion", "missing: no watch can follow this list")
        }
        return page
    }

    private mutating func readListMetadata(into page: inout NodeListPage) throws(Failure) {
        guard try enterObject("metadata") else { return }
        while let key = try nextKey() {
            switch key {
            case "resourceVersion": page.resourceVersion = try string("metadata.resourceVersion")
            case "continue": page.continuation = try string("metadata.continue")
            default: try skip()
            }
        }
    }

    private mutating func nodes() throws(Failure) -> [Node] {
        guard try enterArray("items") else { return [] }
        var nodes: [Node] = []
        while try nextElement() {
            do {
                nodes.append(try node(from: .api))
            } catch {
                throw error.within("items[\(nodes.count)]")
            }
        }
        return nodes
    }
}
