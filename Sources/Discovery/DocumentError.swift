/// A text that is not what it should be: a nodes file, a kubeconfig, an answer of the API server.
///
/// Says where and what was expected; never repeats a value, which may be a secret.
package struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named to us, or what was asked of the API server.
    package var source: String
    /// Counted from 1; nil where the text has one line only.
    package var line: Int?
    /// Such as `items[3].status.addresses[].address`; empty at the top.
    package var path: String
    package var problem: String

    package init(source: String, line: Int? = nil, path: String = "", problem: String) {
        self.source = source
        self.line = line
        self.path = path
        self.problem = problem
    }

    package var description: String {
        let place = line.map { "\(source):\($0)" } ?? source
        return path.isEmpty ? "\(place): \(problem)" : "\(place): \(path): \(problem)"
    }
}

extension DocumentError {
    /// Places a failure of the scanner in a file of many lines.
    init(_ failure: JSONScanner.Failure, in source: String, text: [UInt8]) {
        let line = 1 + text.prefix(failure.offset).count { $0 == 0x0a }
        self.init(source: source, line: line, path: failure.path, problem: failure.problem)
    }
}

extension JSONScanner.Failure {
    /// The same failure, seen from the list that holds the value.
    func within(_ element: String) -> JSONScanner.Failure {
        var outer = self
        outer.path = path.isEmpty ? element : "\(element).\(path)"
        return outer
    }
}
