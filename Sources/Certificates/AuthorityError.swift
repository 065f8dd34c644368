/// Why a CA can't sign.
package enum AuthorityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Its certificate: what is wrong, and a remedy.
    case certificate(String)
    /// Its private key. Never the key itself.
    case key(String)

    package var description: String {
        switch self {
        case .certificate(let what), .key(let what): what
        }
    }
}
