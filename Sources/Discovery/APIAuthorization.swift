/// The `Authorization` of requests to an API server that others than `KubernetesAPIClient` make.
package struct APIAuthorization {
    private var token: BearerToken
    /// A password does not change.
    private let basic: Secret?

    package init(_ access: KubernetesAccess) {
        token = BearerToken(access.credential)
        if case .password(let user, let password) = access.credential {
            basic = Secret(Array("Basic ".utf8) + Base64.encoded(Array("\(user):".utf8) + password.bytes))
        } else {
            basic = nil
        }
    }

    /// The field's value; nil where a certificate, or nothing, says who asks. A token's file is read again when it changed.
    package mutating func value() throws(DocumentError) -> Secret? {
        if let basic { return basic }
        guard let token = try token.current() else { return nil }
        return Secret(Array("Bearer ".utf8) + token.bytes)
    }
}
