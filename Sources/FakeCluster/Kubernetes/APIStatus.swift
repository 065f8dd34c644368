/// A Kubernetes `Status`: how the API server says no.
struct APIStatus: Error {
    var code: Int
    var reason: String
    var message: String
    var details: JSONValue?
    /// The token to go on with after a 410 of a list.
    var continueToken: String?
    /// Seconds; a `Retry-After` goes with it.
    var retryAfter: Int?
    /// How long the server thinks before it says so, in milliseconds.
    var delay: UInt64 = 0

    var json: JSONValue {
        .present([
            "kind": "Status", "apiVersion": "v1",
            "metadata": .present(["continue": continueToken.map { .string($0) }]),
            "status": "Failure", "message": .string(message), "reason": .string(reason), "details": details,
            "code": .integer(code),
        ])
    }
}

extension APIStatus {
    static let unauthorized = APIStatus(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static let methodNotAllowed = APIStatus(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource", details: .empty)

    static let notAcceptable = APIStatus(
        code: 406, reason: "NotAcceptable",
        message: "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch",
        details: .empty)

    static func badRequest(_ message: String) -> APIStatus {
        APIStatus(code: 400, reason: "BadRequest", message: message)
    }

    static func notFound(_ name: String, _ kind: ResourceKind) -> APIStatus {
        APIStatus(
            code: 404, reason: "NotFound", message: "\(kind.plural) \"\(name)\" not found",
            details: ["name": .string(name), "kind": .string(kind.plural)])
    }

    static func forbidden(_ user: String, _ access: ResourceAccess) -> APIStatus {
        let subject = access.name.map { "\(access.resource) \"\($0)\"" } ?? access.resource
        return APIStatus(
            code: 403, reason: "Forbidden",
            message: """
                \(subject) is forbidden: User "\(user)" cannot \(access.verb) resource "\(access.resource)" \
                in API group "\(access.group)" at the cluster scope
                """,
            details: .present([
                "name": access.name.map { .string($0) },
                "group": access.group.isEmpty ? nil : .string(access.group), "kind": .string(access.resource),
            ]))
    }

    static func invalidListOptions(_ field: String, _ message: String) -> APIStatus {
        APIStatus(
            code: 422, reason: "Invalid", message: "ListOptions.meta.k8s.io \"\" is invalid: \(field): \(message)",
            details: [
                "group": "meta.k8s.io", "kind": "ListOptions",
                "causes": [
                    ["reason": "FieldValueForbidden", "message": .string(message), "field": .string(field)]
                ],
            ])
    }

    /// A revision of the future: the server waits 3 s for it to come, then gives up.
    static func tooLargeResourceVersion(_ asked: Int, current: Int) -> APIStatus {
        APIStatus(
            code: 504, reason: "Timeout",
            message: "Timeout: Too large resource version: \(asked), current: \(current)",
            details: [
                "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]],
                "retryAfterSeconds": 1,
            ], retryAfter: 1, delay: 3000)
    }

    // MARK: 410 in all its wordings

    static let expiredList = APIStatus(
        code: 410, reason: "Expired", message: "The resourceVersion for the provided list is too old.")

    static func expiredContinue(_ fresh: String) -> APIStatus {
        APIStatus(
            code: 410, reason: "Expired",
            message: """
                The provided continue parameter is too old to display a consistent list result. You can start a new \
                list without the continue parameter, or use the continue token in this response to retrieve the \
                remainder of the results. Continuing with the provided token results in an inconsistent list - objects \
                that were created, modified, or deleted between the time the first chunk was returned and now may show \
                up in the list.
                """,
            continueToken: fresh)
    }

    /// From the watch cache, which names the oldest revision that it has.
    static func expiredWatch(_ asked: Int, oldest: Int) -> APIStatus {
        APIStatus(code: 410, reason: "Expired", message: "too old resource version: \(asked) (\(oldest))")
    }

    /// From etcd, where there is no watch cache.
    static let expiredWatchUncached = APIStatus(
        code: 410, reason: "Expired", message: "The resourceVersion for the provided watch is too old.")
}
