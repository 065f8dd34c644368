import FoundationEssentials

/// TokenReview and SubjectAccessReview: the API server's answer to "who is this?" and "may they?".
enum AccessReview {
    private struct Posted: Decodable {
        struct Spec: Decodable {
            var token: String?
            var user: String?
            var groups: [String]?
            var resourceAttributes: Attributes?
            var nonResourceAttributes: NonResource?
        }

        struct Attributes: Decodable {
            var verb: String?
            var resource: String?
            var subresource: String?
        }

        struct NonResource: Decodable {
            var path: String?
            var verb: String?
        }

        var kind: String?
        var spec: Spec?
    }

    static func tokenReview(_ body: [UInt8], users: [String: FakeUser]) throws(APIStatus) -> JSONValue {
        let spec = try spec(of: body, kind: "TokenReview")
        let token = spec.token ?? ""
        let status: JSONValue
        if let user = users[token] {
            status = [
                "authenticated": true,
                "user": [
                    "username": .string(user.name), "uid": .string(DerivedID.uuid("user", user.name)),
                    "groups": .array(user.groups.map { .string($0) }),
                ],
            ]
        } else {
            status = ["user": .empty, "error": "[invalid bearer token]"]
        }
        return [
            "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": .empty,
            "spec": ["token": .string(token)], "status": status,
        ]
    }

    static func subjectAccessReview(_ body: [UInt8], users: [String: FakeUser]) throws(APIStatus) -> JSONValue {
        let spec = try spec(of: body, kind: "SubjectAccessReview")
        let name = spec.user ?? ""
        let resource = spec.resourceAttributes.map { attributes in
            [attributes.resource, attributes.subresource].compactMap { $0 }.filter { !$0.isEmpty }
                .joined(separator: "/")
        }
        let verb = spec.resourceAttributes?.verb ?? spec.nonResourceAttributes?.verb ?? ""
        let allowed =
            users.values.first { $0.name == name }?.may(verb, resource ?? spec.nonResourceAttributes?.path ?? "")
            ?? false
        return [
            "kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": .empty,
            "spec": .present([
                "user": .string(name),
                "resourceAttributes": .present([
                    "verb": .string(verb), "resource": spec.resourceAttributes?.resource.map { .string($0) },
                    "subresource": spec.resourceAttributes?.subresource.map { .string($0) },
                ]),
            ]),
            "status": allowed
                ? ["allowed": true, "reason": "RBAC: allowed by ClusterRoleBinding"] : ["allowed": false],
        ]
    }

    private static func spec(of body: [UInt8], kind: String) throws(APIStatus) -> Posted.Spec {
        guard let posted = try? JSONDecoder().decode(Posted.self, from: Data(body)), posted.kind == kind,
            let spec = posted.spec
        else {
            throw .badRequest("the object provided is unrecognized (must be of type \(kind))")
        }
        return spec
    }
}
