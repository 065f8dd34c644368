/// The query of a list or watch, checked as the API server does.
struct ListOptions {
    enum Match: String {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    var limit = 0
    var resourceVersion: Int?
    var match: Match?
    var continueToken: ContinueToken?
    var labels = LabelSelector.everything
    /// From `fieldSelector=metadata.name=...`.
    var name: String?
    var isWatch = false
    var allowsBookmarks = false
    var sendsInitialEvents = false
    var timeoutSeconds: Int?

    var isSelective: Bool { name != nil || labels != .everything }

    func selects(_ object: VersionedObjects.Object) -> Bool {
        (name == nil || name == object.name) && labels.matches(object.labels)
    }
}

extension ListOptions {
    init(_ request: APIRequest) throws(APIStatus) {
        isWatch = request.flag("watch")
        allowsBookmarks = request.flag("allowWatchBookmarks")
        sendsInitialEvents = request.flag("sendInitialEvents")
        if let text = request.first("limit"), !text.isEmpty { limit = try Self.integer(text) }
        if let text = request.first("timeoutSeconds"), !text.isEmpty { timeoutSeconds = try Self.integer(text) }
        try readVersions(request)
        try readSelectors(request)
    }

    private mutating func readVersions(_ request: APIRequest) throws(APIStatus) {
        if let text = request.first("resourceVersion"), !text.isEmpty {
            guard let revision = Int(text), revision >= 0 else {
                throw .badRequest(
                    "invalid resource version: resourceVersion: Invalid value: \"\(text)\": "
                        + "strconv.ParseUint: parsing \"\(text)\": invalid syntax")
            }
            resourceVersion = revision
        }
        if let text = request.first("resourceVersionMatch"), !text.isEmpty {
            guard let match = Match(rawValue: text) else {
                throw .invalidListOptions("resourceVersionMatch", "Unsupported value: \"\(text)\"")
            }
            self.match = match
        }
        if sendsInitialEvents, match != .notOlderThan {
            throw .invalidListOptions(
                "resourceVersionMatch",
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        }
        if let text = request.first("continue"), !text.isEmpty {
            guard let token = ContinueToken(text) else { throw .badRequest("continue key is not valid") }
            continueToken = token
        }
    }

    private mutating func readSelectors(_ request: APIRequest) throws(APIStatus) {
        if let text = request.first("labelSelector") {
            guard let selector = LabelSelector(text) else {
                throw .badRequest("unable to parse requirement: found '\(text)'")
            }
            labels = selector
        }
        if let text = request.first("fieldSelector"), !text.isEmpty {
            let halves = text.split(separator: "=", omittingEmptySubsequences: true)
            guard halves.first == "metadata.name", halves.count == 2 else {
                throw .badRequest("field label not supported: \(halves.first ?? "")")
            }
            name = String(halves[1])
        }
    }

    private static func integer(_ text: String) throws(APIStatus) -> Int {
        guard let value = Int(text) else {
            throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        return value
    }
}
