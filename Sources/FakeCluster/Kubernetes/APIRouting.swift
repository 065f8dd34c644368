// From a request to its answer.

extension FakeAPIState {
    mutating func answer(_ request: APIRequest) -> APIAnswer {
        if requestsToTurnAway > 0 {
            requestsToTurnAway -= 1
            // Not a Status: priority and fairness answers in plain text.
            var response = APIResponse.text("Too many requests, please try again later.\n", status: 429)
            response.headers.append(("Retry-After", "1"))
            return .response(response)
        }
        do throws(APIStatus) {
            return try route(request, as: authenticate(request))
        } catch {
            return .response(.failure(error))
        }
    }

    private func authenticate(_ request: APIRequest) throws(APIStatus) -> FakeUser {
        if let authorization = request.headers["authorization"] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", let user = users[String(parts[1])] else {
                throw .unauthorized
            }
            return user
        }
        guard let named = request.certificateUser else { return .anonymous }
        // A certificate brings name and groups, RBAC the rights.
        return users.values.first { $0.name == named.name } ?? named
    }

    private func route(_ request: APIRequest, as user: FakeUser) throws(APIStatus) -> APIAnswer {
        switch request.path {
        case "/readyz", "/livez", "/healthz": return .response(.text("ok"))
        case "/version": return .response(.json(Self.version))
        case "/apis/authentication.k8s.io/v1/tokenreviews":
            try permit(user, ResourceAccess(verb: "create", resource: "tokenreviews", group: "authentication.k8s.io"))
            guard request.method == "POST" else { throw .methodNotAllowed }
            return .response(.json(try AccessReview.tokenReview(request.body, users: users), status: 201))
        case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
            try permit(
                user, ResourceAccess(verb: "create", resource: "subjectaccessreviews", group: "authorization.k8s.io"))
            guard request.method == "POST" else { throw .methodNotAllowed }
            return .response(.json(try AccessReview.subjectAccessReview(request.body, users: users), status: 201))
        default: return try routeResource(request, as: user)
        }
    }

    private func routeResource(_ request: APIRequest, as user: FakeUser) throws(APIStatus) -> APIAnswer {
        if let parts = NodeProxy.parts(of: request.path) {
            let verb = ["GET", "HEAD"].contains(request.method) ? "get" : "create"
            let name = NodeProxy.Place(parts.place)?.name ?? parts.place
            try permit(user, ResourceAccess(verb: verb, resource: "nodes/proxy", name: name))
            return .nodeProxy(try nodeProxy(parts, query: request.rawQuery))
        }
        for kind in ResourceKind.allCases {
            if request.path == kind.collectionPath || request.path == kind.collectionPath + "/" {
                return try answerCollection(kind, request, as: user)
            }
            if request.path.hasPrefix(kind.collectionPath + "/") {
                let name = String(request.path.dropFirst(kind.collectionPath.count + 1))
                return try .response(answerObject(kind, name, request, as: user))
            }
        }
        // RBAC speaks first, so a path that does not exist is forbidden to all but administrators.
        let resource = request.path.split(separator: "/").last.map(String.init) ?? ""
        try permit(user, ResourceAccess(verb: "list", resource: resource))
        return .response(.text("404 page not found\n", status: 404))
    }

    private func answerCollection(_ kind: ResourceKind, _ request: APIRequest, as user: FakeUser) throws(APIStatus)
        -> APIAnswer
    {
        let verb =
            switch request.method {
            case "GET", "HEAD": request.flag("watch") ? "watch" : "list"
            case "POST": "create"
            case "DELETE": "deletecollection"
            default: "update"
            }
        try permit(user, ResourceAccess(verb: verb, resource: kind.plural, group: kind.group))
        guard request.method == "GET" else { throw .methodNotAllowed }
        guard acceptsJSON(request) else { throw .notAcceptable }
        let options = try ListOptions(request)
        if options.isWatch { return .watch(try watch(kind, options)) }
        return .response(try list(kind, options))
    }

    private func answerObject(_ kind: ResourceKind, _ name: String, _ request: APIRequest, as user: FakeUser)
        throws(APIStatus) -> APIResponse
    {
        let verb =
            switch request.method {
            case "GET", "HEAD": "get"
            case "DELETE": "delete"
            case "PATCH": "patch"
            default: "update"
            }
        try permit(user, ResourceAccess(verb: verb, resource: kind.plural, group: kind.group, name: name))
        guard request.method == "GET" else { throw .methodNotAllowed }
        guard acceptsJSON(request) else { throw .notAcceptable }
        guard let object = objects(kind).object(named: name) else { throw .notFound(name, kind) }
        return APIResponse(body: kind.complete(object.json) + [UInt8(ascii: "\n")])
    }

    private func permit(_ user: FakeUser, _ access: ResourceAccess) throws(APIStatus) {
        guard user.may(access.verb, access.resource) else { throw .forbidden(user.name, access) }
    }

    /// The fake speaks JSON only; the real one has protobuf, tables and partial metadata too.
    private func acceptsJSON(_ request: APIRequest) -> Bool {
        guard let accept = request.headers["accept"] else { return true }
        return accept.split(separator: ",").contains { offer in
            let parts = offer.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let type = parts.first, !parts.contains(where: { $0.hasPrefix("as=") }) else { return false }
            return ["application/json", "application/*", "*/*"].contains(type)
        }
    }

    private static let version: JSONValue = [
        "major": "1", "minor": "36", "gitVersion": "v1.36.2", "goVersion": "go1.26.3", "compiler": "gc",
        "platform": "linux/amd64",
    ]
}
