/// What a request is about, as RBAC sees it.
struct ResourceAccess: Hashable {
    var verb: String
    /// With a subresource as `nodes/metrics`.
    var resource: String
    var group = ""
    var name: String?
}

/// A user that the API server knows, and what it may do.
package struct FakeUser: Hashable, Sendable {
    package var name: String
    package var groups: [String]
    /// `VERB RESOURCE`, such as `list nodes` or `get nodes/metrics`; `*` stands for all.
    package var permissions: Set<String>

    package init(_ name: String, groups: [String] = ["system:authenticated"], may permissions: Set<String> = []) {
        self.name = name
        self.groups = groups
        self.permissions = permissions
    }

    func may(_ verb: String, _ resource: String) -> Bool {
        permissions.contains("*") || permissions.contains("\(verb) \(resource)")
    }

    static let anonymous = FakeUser("system:anonymous", groups: ["system:unauthenticated"])

    /// The rights of spec 11.6.
    package static let relabelProxy = FakeUser(
        "relabel-proxy", groups: ["system:authenticated"],
        may: [
            "get nodes", "list nodes", "watch nodes", "get leases", "list leases", "watch leases",
            "get nodes/metrics", "create tokenreviews", "create subjectaccessreviews",
        ])

    /// With `via: api_server` the proxy needs one more.
    package static let nodeProxyUser = FakeUser(
        "debugger", groups: ["system:authenticated"],
        may: ["get nodes", "list nodes", "watch nodes", "get nodes/proxy"])

    /// A scraper: it may read what kubelets measure, and no Node.
    package static let prometheus = FakeUser(
        "prometheus", groups: ["system:serviceaccounts", "system:authenticated"], may: ["get nodes/metrics"])
}
