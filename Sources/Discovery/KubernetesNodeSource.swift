package import Logging

/// Nodes from the Kubernetes API, by list and watch (spec 4.1, 4.5), on a thread of its own.
package struct KubernetesNodeSource: NodeSource {
    private let access: KubernetesAccess
    private let labelSelector: String
    private let log: Logger

    /// - Parameter labelSelector: as kubectl's `-l`; empty for all nodes.
    package init(access: KubernetesAccess, labelSelector: String = "", log: Logger = Logger(label: "nodes")) {
        self.access = access
        self.labelSelector = labelSelector
        self.log = log
    }

    package func run(_ deliver: @escaping @Sendable (NodeUpdate) -> Void) async {
        let interrupt = APIInterrupt()
        await withTaskCancellationHandler {
            await BlockingThread.run {
                let client = KubernetesAPIClient(access, interrupt: interrupt)
                NodeFollower(client, labelSelector: labelSelector, log: log, deliver: deliver).run()
            }
        } onCancel: {
            interrupt.trigger()
        }
    }
}

/// Makes the requests that `NodeWatch` decides on and tells it what came.
private final class NodeFollower {
    private var watch = NodeWatch()
    private let client: KubernetesAPIClient
    private let query: String
    private let log: Logger
    private let deliver: @Sendable (NodeUpdate) -> Void
    /// What was logged last, so that an outage is logged when it starts, not at each attempt.
    private var outage: String?

    /// Longer than any object that etcd holds.
    private static let longestEvent = 64 << 20

    init(
        _ client: KubernetesAPIClient, labelSelector: String, log: Logger,
        deliver: @escaping @Sendable (NodeUpdate) -> Void
    ) {
        self.client = client
        query = labelSelector.isEmpty ? "" : "&labelSelector=" + Self.percentEncoded(labelSelector)
        self.log = log
        self.deliver = deliver
    }

    func run() {
        while true {
            client.interrupt.sleep(watch.pause)
            if client.interrupt.isTriggered { return }
            do {
                switch watch.request() {
                case .list(let continuation, let limit): try fetchPage(continuation, limit: limit)
                case .watch(let revision, let seconds): try follow(from: revision, seconds: seconds)
                }
            } catch {
                if case .closedByCaller = error { continue }
                if case .interrupted = error { return }
                tell(watch.finished(NodeWatch.Ending(error)))
            }
        }
    }

    private func fetchPage(_ continuation: String, limit: Int) throws(APIClientError) {
        let rest = continuation.isEmpty ? "" : "&continue=" + Self.percentEncoded(continuation)
        let response = try client.get("/api/v1/nodes?limit=\(limit)\(rest)\(query)")
        guard response.status == 200 else { return tell(watch.finished(.refused(APIStatus(response)))) }
        do throws(DocumentError) {
            tell(watch.received(try NodeListPage(json: response.body)))
        } catch {
            tell(watch.finished(.unreadable("\(error)")))
        }
    }

    private func follow(from revision: String, seconds: Int) throws(APIClientError) {
        let start = ContinuousClock.now
        var lines = LineBuffer()
        let response = try client.stream(
            "/api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=\(Self.percentEncoded(revision))"
                + "&timeoutSeconds=\(seconds)\(query)",
            opened: { self.tell(self.watch.opened()) },
            received: { bytes in
                lines.append(bytes)
                do throws(NodeWatch.Ending) {
                    try self.take(&lines)
                    return true
                } catch {
                    self.tell(self.watch.finished(error))
                    return false
                }
            })
        guard response.status == 200 else { return tell(watch.finished(.refused(APIStatus(response)))) }
        tell(watch.finished(.closed(after: .now - start)))
    }

    private func take(_ lines: inout LineBuffer) throws(NodeWatch.Ending) {
        while let line = lines.next() {
            let event: WatchEvent
            do {
                event = try WatchEvent(json: line)
            } catch {
                throw .unreadable("\(error)")
            }
            tell(try watch.received(event))
        }
        guard lines.unfinished <= Self.longestEvent else {
            throw .unreadable("an event is larger than the limit of \(Self.longestEvent >> 20) MiB")
        }
    }

    private func tell(_ update: NodeUpdate?) {
        guard let update else { return }
        switch update {
        case .snapshot(let nodes): log.debug("Nodes listed", metadata: ["nodes": "\(nodes.count)"])
        case .change: break
        case .live:
            if outage != nil { log.info("The Kubernetes API tells of nodes again") }
            outage = nil
        case .disconnected(let reason):
            if reason != outage {
                log.warning(
                    "No news of nodes from the Kubernetes API; those known stay in force",
                    metadata: ["error": "\(reason)"])
            }
            outage = reason
        }
        deliver(update)
    }

    /// RFC 3986 section 2.3
    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += byte < 0x10 ? "%0" : "%"
                encoded += String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

extension APIStatus {
    fileprivate init(_ response: APIResponse) {
        self.init(httpStatus: response.status, body: response.body, retryAfter: response.retryAfter)
    }
}

extension NodeWatch.Ending {
    fileprivate init(_ error: APIClientError) {
        switch error {
        case .silent(let limit): self = .silent(limit)
        case .bodyTooLarge: self = .unreadable("\(error)")
        case .interrupted, .closedByCaller, .unreachable, .credentialUnreadable: self = .unreachable("\(error)")
        }
    }
}
