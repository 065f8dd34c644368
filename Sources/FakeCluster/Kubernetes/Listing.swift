// Lists: whole, in pages, at a revision.

extension FakeAPIState {
    func list(_ kind: ResourceKind, _ options: ListOptions) throws(APIStatus) -> APIResponse {
        let store = objects(kind)
        if let token = options.continueToken {
            return try page(kind, after: token, options)
        }
        if let asked = options.resourceVersion, asked > revision {
            throw tooLarge(asked)
        }
        if options.match == .exact, let asked = options.resourceVersion {
            guard let snapshot = store.snapshot(at: asked) else { throw .expiredList }
            return render(kind, snapshot, revision: asked, options)
        }
        // The watch cache serves revision 0, and does not know pages.
        var options = options
        if options.resourceVersion == 0, hasWatchCache { options.limit = 0 }
        return render(kind, store.current, revision: revision, options)
    }

    private func page(_ kind: ResourceKind, after token: ContinueToken, _ options: ListOptions) throws(APIStatus)
        -> APIResponse
    {
        let store = objects(kind)
        if token.revision < 0 {
            return render(kind, store.current, after: token.after, revision: revision, options)
        }
        guard let snapshot = store.snapshot(at: token.revision) else {
            throw .expiredContinue(ContinueToken(revision: -1, after: token.after).text)
        }
        return render(kind, snapshot, after: token.after, revision: token.revision, options)
    }

    private func tooLarge(_ asked: Int) -> APIStatus {
        var status = APIStatus.tooLargeResourceVersion(asked, current: revision)
        if !hasWatchCache {
            // etcd answers at once and gives no advice.
            status.delay = 0
            status.retryAfter = nil
            status.details = [
                "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]]
            ]
        }
        return status
    }

    private func render(
        _ kind: ResourceKind, _ objects: [VersionedObjects.Object], after: String? = nil, revision: Int,
        _ options: ListOptions
    ) -> APIResponse {
        let rest = objects.filter { object in
            options.selects(object) && (after.map { $0 < object.name } ?? true)
        }
        let page = options.limit > 0 ? rest.prefix(options.limit) : rest[...]
        let remaining = rest.count - page.count
        let next = remaining > 0 ? page.last.map { ContinueToken(revision: revision, after: $0.name).text } : nil
        let metadata = JSONValue.present([
            "resourceVersion": "\(revision)", "continue": next.map { .string($0) },
            // How many remain is not counted where a selector decides.
            "remainingItemCount": next == nil || options.isSelective ? nil : .integer(remaining),
        ])
        var body: [UInt8] = []
        body.reserveCapacity(page.reduce(256) { $0 + $1.json.count + 1 })
        body += "{\"kind\":\"\(kind.kind)List\",\"apiVersion\":\"\(kind.apiVersion)\",\"metadata\":".utf8
        body += metadata.text
        body += ",\"items\":[".utf8
        for (position, object) in page.enumerated() {
            if position > 0 { body.append(UInt8(ascii: ",")) }
            body += object.json
        }
        body += "]}\n".utf8
        // A list of one page of small objects has a length, all others are streamed.
        return APIResponse(body: body, isStreamed: body.count > 4096)
    }
}
