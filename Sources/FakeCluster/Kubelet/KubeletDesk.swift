import Synchronization
import TLS

/// Where a fake kubelet's requests are answered: shared by its connections and by the test that watches it.
final class KubeletDesk: Sendable {
    let identity: KubeletIdentity
    private let corpus: MetricsCorpus
    /// Shared by all kubelets; nil for a plain port.
    private let tlsContext: TLSServerContext?
    private let certificate: @Sendable () throws -> TLSIdentity
    private let state: Mutex<State>

    private struct State {
        var behaviour: KubeletBehaviour
        var next: [KubeletBehaviour] = []
        var requests: [ReceivedRequest] = []
        var bodies: [String: MetricsBody] = [:]
        var certificate: TLSCertificate?
        var isGone = false
    }

    /// A long run must not keep every request.
    private static let requestsKept = 1000

    init(
        _ identity: KubeletIdentity, corpus: MetricsCorpus, behaviour: KubeletBehaviour,
        tls tlsContext: TLSServerContext?, certificate: @escaping @Sendable () throws -> TLSIdentity
    ) {
        self.identity = identity
        self.tlsContext = tlsContext
        self.corpus = corpus
        self.certificate = certificate
        state = Mutex(State(behaviour: behaviour))
    }

    var behaviour: KubeletBehaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }

    var speaksTLS: Bool { tlsContext != nil }

    var isGone: Bool { state.withLock { $0.isGone } }

    func goAway() { state.withLock { $0.isGone = true } }

    var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    func answerNext(_ behaviours: [KubeletBehaviour]) { state.withLock { $0.next = behaviours } }

    func forgetRequests() { state.withLock { $0.requests = [] } }

    func use(_ identity: TLSIdentity) throws {
        let certificate = try TLSCertificate(identity)
        state.withLock { $0.certificate = certificate }
    }

    /// The certificate is made when the first connection comes: thousands of kubelets start at once, and not all are
    /// scraped.
    func tlsOffer() throws -> TLSOffer? {
        guard let tlsContext else { return nil }
        if let certificate = state.withLock({ $0.certificate }) {
            return TLSOffer(context: tlsContext, certificate: certificate)
        }
        let certificate = try TLSCertificate(certificate())
        state.withLock { $0.certificate = certificate }
        return TLSOffer(context: tlsContext, certificate: certificate)
    }

    func body(_ path: String) -> MetricsBody? {
        if let body = state.withLock({ $0.bodies[path] }) { return body }
        guard let body = corpus.body(path, for: identity) else { return nil }
        state.withLock { $0.bodies[path] = body }
        return body
    }

    private func receive(_ request: ReceivedRequest) -> KubeletBehaviour {
        state.withLock { state in
            if state.requests.count >= Self.requestsKept { state.requests.removeFirst(Self.requestsKept / 2) }
            state.requests.append(request)
            return state.next.isEmpty ? state.behaviour : state.next.removeFirst()
        }
    }

    // MARK: One connection

    func serve(_ connection: ServerConnection) async {
        var answered = 0
        do throws(ConnectionEnd) {
            while var request = try await connection.readRequest(until: connection.now + behaviour.idleTimeout) {
                request.body = try await connection.readBody(of: request)
                let behaviour = receive(request)
                answered += 1
                let isLast = behaviour.answersPerConnection.map { answered >= $0 } ?? false
                guard try await answer(request, behaviour, isLast: isLast, on: connection) else { break }
            }
            await connection.finish()
        } catch {
            connection.close()
        }
    }

    /// Answers what the API server passes on, whose certificate may do everything.
    ///
    /// - Returns: false when nothing was said.
    func answer(
        proxied request: ReceivedRequest, adding fields: [(name: String, value: String)],
        on connection: ServerConnection
    ) async throws(ConnectionEnd) -> Bool {
        var behaviour = receive(request)
        behaviour.authorization = .anyone
        behaviour.allowsHead = true
        switch behaviour.fault {
        case .resets(after: nil), .closesUnanswered, .sends: return false
        default:
            guard try await answer(request, behaviour, adding: fields, on: connection) else { throw .dropped }
            return true
        }
    }

    /// - Returns: whether the connection may be used again.
    private func answer(
        _ request: ReceivedRequest, _ behaviour: KubeletBehaviour, isLast: Bool = false,
        adding fields: [(name: String, value: String)] = [], on connection: ServerConnection
    ) async throws(ConnectionEnd) -> Bool {
        switch behaviour.fault {
        case .hangsBeforeHead: try await connection.waitForChange(until: nil)
        case .resets(after: nil): connection.reset()
        case .closesUnanswered: connection.close()
        case .sends(let bytes):
            try await connection.send(bytes)
            await connection.finish()
        default:
            var answer = KubeletAnswer(to: request, behaviour, isLast: isLast) { format in
                format == .text ? body(request.path) : corpus.body(request.path, in: format)
            }
            answer.fields = fields + answer.fields
            return try await send(answer, behaviour.fault, on: connection)
        }
        return false
    }

    private func send(_ answer: KubeletAnswer, _ fault: KubeletBehaviour.Fault, on connection: ServerConnection)
        async throws(ConnectionEnd) -> Bool
    {
        guard answer.hasBody else {
            try await connection.send(answer.head)
            return !answer.closes
        }
        var body = FramedBody(answer.body, chunkSize: answer.chunkSize)
        switch fault {
        case .hangsInBody(let count):
            try await connection.send(answer.head + body.next(count).prefix(count))
            try await connection.waitForChange(until: nil)
            return false
        case .breaksOff(let count):
            try await connection.send(answer.head + body.next(count).prefix(count))
            connection.close()
            return false
        case .resets(let count):
            try await connection.send(answer.head + body.next(count ?? 0).prefix(count ?? 0))
            connection.reset()
            return false
        case .slow(let bytes, let pause):
            try await connection.send(answer.head)
            while case var rest = body.next(bytes)[...], !rest.isEmpty {
                while !rest.isEmpty {
                    try await connection.send(rest.prefix(bytes))
                    rest = rest.dropFirst(bytes)
                    try await connection.sleep(until: connection.now + pause)
                }
            }
        default:
            // The head goes out with the first bytes of the body, as from Go's buffered writer.
            try await connection.send(answer.head + body.next(64 * 1024))
            while case let block = body.next(64 * 1024), !block.isEmpty { try await connection.send(block) }
        }
        return !answer.closes
    }
}
