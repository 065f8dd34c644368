import Addressing
import Synchronization
import TLS

/// Where the fake API server's requests are answered: shared by its connections and by the test that plays the cluster.
final class APIDesk: Sendable {
    let tlsContext: TLSServerContext
    private let state: Mutex<State>

    private struct State {
        var api: FakeAPIState
        var requests: [ReceivedRequest] = []
        var ending: WatchEnding?
        var endings = 0
        var isSilent = false
        var openWatches = 0
        var kubelets: [SocketAddress: KubeletDesk] = [:]
    }

    /// What a watch sees of the server's switches.
    struct WatchOrders {
        /// Changes when the watches that are open are to end.
        var endings: Int
        var ending: WatchEnding?
        var isSilent: Bool
    }

    private static let requestsKept = 1000
    /// The real server compresses answers of this size and more, and never a watch.
    private static let compressedFrom = 128 * 1024

    init(_ api: FakeAPIState, tlsContext: TLSServerContext) {
        state = Mutex(State(api: api))
        self.tlsContext = tlsContext
    }

    func withState<Result>(_ body: (inout FakeAPIState) -> Result) -> Result { state.withLock { body(&$0.api) } }

    var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    func forgetRequests() { state.withLock { $0.requests = [] } }

    // MARK: Kubelets that the node proxy reaches

    func add(_ kubelet: KubeletDesk, at address: SocketAddress) { state.withLock { $0.kubelets[address] = kubelet } }

    func kubelet(at address: SocketAddress) -> KubeletDesk? {
        state.withLock { $0.kubelets[address] }.flatMap { $0.isGone ? nil : $0 }
    }

    // MARK: Watches

    var orders: WatchOrders {
        state.withLock { WatchOrders(endings: $0.endings, ending: $0.ending, isSilent: $0.isSilent) }
    }

    var openWatches: Int { state.withLock { $0.openWatches } }

    func watchOpened() { state.withLock { $0.openWatches += 1 } }

    func watchClosed() { state.withLock { $0.openWatches -= 1 } }

    func endWatches(_ ending: WatchEnding) {
        state.withLock { state in
            state.ending = ending
            state.endings += 1
        }
    }

    func silenceWatches(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

    // MARK: Answers

    func note(_ request: ReceivedRequest) {
        state.withLock { state in
            if state.requests.count >= Self.requestsKept { state.requests.removeFirst(Self.requestsKept / 2) }
            state.requests.append(request)
        }
    }

    /// Answers a request; the fields are complete but for those of the framing.
    func answer(_ request: ReceivedRequest, certificate: [UInt8]?) -> APIAnswer {
        let headers = Dictionary(
            request.fields.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        let client = certificate.flatMap { ClientIdentity(certificate: $0) }
        let apiRequest = APIRequest(
            request.method, request.target, headers: headers, body: request.body,
            certificateUser: client.map { FakeUser($0.user, groups: $0.groups) })
        let answer = withState { $0.answer(apiRequest) }
        guard case .response(var response) = answer else { return answer }
        if response.body.count > Self.compressedFrom, request.accepts(encoding: "gzip") {
            response.body = Gzip.compress(response.body)
            response.headers.append(("Content-Encoding", "gzip"))
            response.headers.append(("Vary", "Accept-Encoding"))
        }
        return .response(response)
    }

    /// The fields that every answer has, in the order of the real server.
    static func fields(contentType: String) -> [(name: String, value: String)] {
        [
            ("Audit-Id", DerivedID.uuid("audit", HTTPDate.now)), ("Cache-Control", "no-cache, private"),
            ("Content-Type", contentType), ("Date", HTTPDate.now),
        ]
    }
}
