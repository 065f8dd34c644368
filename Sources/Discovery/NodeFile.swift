/// The nodes of a file (spec 4.1): Node objects, a NodeList or a List, in JSON or YAML, in one document or several.
package struct NodeFile: Sendable, Equatable {
    package var nodes: [Node]
    /// What else the file holds, such as `ConfigMap`, once each: worth a warning.
    package var ignoredKinds: [String] = []

    /// Reads the file, at most 1 GiB.
    package init(path: String) throws(DocumentError) {
        try self.init(text: try FileContents(path: path, limit: 1 << 30).bytes, source: path)
    }

    /// - Parameter source: names the text in errors.
    package init(text: [UInt8], source: String) throws(DocumentError) {
        let documents = try TextDocument.documents(in: text, source: source)
        // A file that was emptied, or is being written, must not empty the table.
        guard !documents.isEmpty else {
            throw DocumentError(source: source, problem: "empty: a fleet without nodes is a NodeList with `items: []`")
        }
        var reader = NodeFileReader()
        for document in documents {
            do throws(JSONScanner.Failure) {
                try reader.read(document.scanner)
            } catch {
                throw document.located(error)
            }
        }
        nodes = reader.nodes
        ignoredKinds = reader.ignoredKinds.sorted()
    }
}

private struct NodeFileReader {
    private(set) var nodes: [Node] = []
    private(set) var ignoredKinds: Set<String> = []
    private var names: Set<String> = []

    /// What must be known of an object before it is read: `kind` may stand last.
    private struct Shape {
        var kind = ""
        var apiVersion = ""
        /// Where the value of `items` stands.
        var items: JSONScanner?
    }

    mutating func read(_ start: JSONScanner) throws(JSONScanner.Failure) {
        let shape = try Self.shape(start)
        switch (shape.kind, shape.apiVersion) {
        case ("Node", "v1"), ("Node", ""): try readNode(start)
        case ("NodeList", "v1"), ("NodeList", ""): try readItems(shape.items, areNodes: true)
        case ("List", "v1"), ("List", ""): try readItems(shape.items, areNodes: false)
        case ("", _): throw start.failure("kind", "missing: expected Node, NodeList or List")
        case (let kind, "v1"), (let kind, ""): ignoredKinds.insert(kind)
        case (let kind, let version): ignoredKinds.insert("\(kind) of \(version)")
        }
    }

    private mutating func readItems(_ start: JSONScanner?, areNodes: Bool) throws(JSONScanner.Failure) {
        guard var scanner = start, try scanner.enterArray("items") else { return }
        var index = 0
        while try scanner.nextElement() {
            do throws(JSONScanner.Failure) {
                _ = scanner.peek()
                // The items of a NodeList, as the API server writes it, say no kind.
                if areNodes { try readNode(scanner) } else { try read(scanner) }
                try scanner.skip()
            } catch {
                throw error.within("items[\(index)]")
            }
            index += 1
        }
    }

    private mutating func readNode(_ start: JSONScanner) throws(JSONScanner.Failure) {
        var scanner = start
        let node = try scanner.node(from: .file)
        guard names.insert(node.name).inserted else {
            throw start.failure("metadata.name", "more than one node is named \(node.name): names are unique")
        }
        nodes.append(node)
    }

    private static func shape(_ start: JSONScanner) throws(JSONScanner.Failure) -> Shape {
        var scanner = start
        var shape = Shape()
        guard try scanner.enterObject("") else { throw scanner.failure("", "expected an object, found null") }
        while let key = try scanner.nextKey() {
            switch key {
            case "kind": shape.kind = try scanner.string("kind")
            case "apiVersion": shape.apiVersion = try scanner.string("apiVersion")
            case "items":
                _ = scanner.peek()
                shape.items = scanner
                try scanner.skip()
            default: try scanner.skip()
            }
        }
        return shape
    }
}
