/// Everything that is wrong with a configuration, in the order of the file. One error a line:
/// `file:line: path.to.key: fact, limit, remedy`.
package struct SettingsErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let errors: [SettingsError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

package struct SettingsError: Equatable, Sendable, CustomStringConvertible {
    /// A file with a line from 1, or a flag.
    package enum Place: Equatable, Sendable {
        case file(String, line: Int?)
        case flag(String)
    }

    package let place: Place
    /// `limits.header_size`, `listeners[0].address`; empty for the document as a whole.
    package let key: String
    package let message: String

    package var description: String {
        let place =
            switch place {
            case .file(let path, let line?): "\(path):\(line)"
            case .file(let path, nil): path
            case .flag(let name): name
            }
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}
