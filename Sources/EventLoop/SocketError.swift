import Glibc

/// A system call on a socket that failed.
package struct SocketError: Error, Equatable, CustomStringConvertible {
    package enum Operation: String, Sendable {
        case socket, bind, listen, accept, poll, read, write
    }

    /// The errno value.
    package let code: Int32
    package let operation: Operation

    package init(_ code: Int32, during operation: Operation) {
        self.code = code
        self.operation = operation
    }

    package var description: String { "\(operation.rawValue): \(unsafe String(cString: strerror(code)))" }
}
