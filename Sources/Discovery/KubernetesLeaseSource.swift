package import Logging
import Synchronization

/// What was read of the leases of nodes that are at odds over an address. Who is missing has none.
package struct LeaseReading: Sendable, Equatable {
    /// In order.
    package let rivals: [String]
    package let leases: [NodeLease]

    package init(rivals: [String], leases: [NodeLease]) {
        self.rivals = rivals
        self.leases = leases
    }
}

/// Leases from the Kubernetes API, on a thread of its own, which sleeps while no nodes are at odds.
package final class KubernetesLeaseSource: Sendable {
    private struct Orders {
        var rivals: Set<LeaseSchedule.Rivals> = []
        /// Grows with each change.
        var number = 0
    }

    private let access: KubernetesAccess
    private let log: Logger
    private let orders = Mutex(Orders())
    private let interrupt = APIInterrupt()

    package init(access: KubernetesAccess, log: Logger = Logger(label: "leases")) {
        self.access = access
        self.log = log
    }

    /// Reads the leases of these from now on, and of no others. From any thread.
    package func follow(_ rivals: Set<LeaseSchedule.Rivals>) {
        let isNew = orders.withLock { orders in
            guard orders.rivals != rivals else { return false }
            orders.rivals = rivals
            orders.number += 1
            return true
        }
        if isNew { interrupt.wake() }
    }

    /// Delivers readings, one at a time, on its thread, until the task is cancelled. Once in a source's life.
    package func run(_ deliver: @escaping @Sendable (LeaseReading) -> Void) async {
        await withTaskCancellationHandler {
            await BlockingThread.run { [self] in
                LeaseReader(KubernetesAPIClient(access, interrupt: interrupt), log: log, deliver: deliver).run(self)
            }
        } onCancel: {
            interrupt.trigger()
        }
    }

    fileprivate func orders(after number: Int) -> (rivals: Set<LeaseSchedule.Rivals>, number: Int)? {
        orders.withLock { $0.number == number ? nil : ($0.rivals, $0.number) }
    }
}

/// Makes the requests that `LeaseSchedule` decides on.
private final class LeaseReader {
    private var schedule = LeaseSchedule()
    private let client: KubernetesAPIClient
    private let log: Logger
    private let deliver: @Sendable (LeaseReading) -> Void
    /// What was logged last, so that an outage is logged when it starts, not at each attempt.
    private var outage: String?

    private static let path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/"
    private static let idleTime = Duration.seconds(3600)

    init(_ client: KubernetesAPIClient, log: Logger, deliver: @escaping @Sendable (LeaseReading) -> Void) {
        self.client = client
        self.log = log
        self.deliver = deliver
    }

    func run(_ source: KubernetesLeaseSource) {
        var number = 0
        while !client.interrupt.isTriggered {
            if let orders = source.orders(after: number) {
                number = orders.number
                schedule.follow(orders.rivals, at: .now)
            }
            switch schedule.next(at: .now) {
            case .read(let rivals): read(rivals)
            case .wait(let moment):
                client.interrupt.sleep(moment - .now) { [number] in source.orders(after: number) != nil }
            case .idle: client.interrupt.sleep(Self.idleTime) { [number] in source.orders(after: number) != nil }
            }
        }
    }

    private func read(_ rivals: LeaseSchedule.Rivals) {
        var leases: [NodeLease] = []
        do throws(ReadError) {
            for name in rivals {
                if let lease = try lease(of: name) { leases.append(lease) }
            }
        } catch { return note(error) }
        if outage != nil { log.info("The Kubernetes API tells of leases again") }
        outage = nil
        schedule.succeeded(rivals, at: .now)
        deliver(LeaseReading(rivals: rivals, leases: leases))
    }

    private enum ReadError: Error {
        case request(APIClientError)
        case refused(APIStatus)
        case unreadable(DocumentError)
    }

    /// Nil: it has none, or none that was ever renewed.
    private func lease(of node: String) throws(ReadError) -> NodeLease? {
        let response: APIResponse
        do throws(APIClientError) {
            // A node's name needs no escape in a path.
            response = try client.get(Self.path + node, silence: .seconds(10), bodyLimit: 1 << 20)
        } catch { throw .request(error) }
        switch response.status {
        case 200:
            do throws(DocumentError) { return try NodeLease(json: response.body) } catch { throw .unreadable(error) }
        case 404: return nil
        default:
            throw .refused(
                APIStatus(httpStatus: response.status, body: response.body, retryAfter: response.retryAfter))
        }
    }

    private func note(_ error: ReadError) {
        let reason: String
        var failure = LeaseSchedule.Failure.other
        switch error {
        case .request(.interrupted): return
        case .request(let error): reason = "\(error)"
        case .refused(let status):
            reason = status.code == 403 ? "\(status): grant get on leases in kube-node-lease" : "\(status)"
            if status.code == 403 { failure = .forbidden }
        case .unreadable(let error): reason = "the API server's answer makes no sense: \(error)"
        }
        schedule.failed(failure, at: .now)
        if outage == nil {
            log.warning(
                "No leases from the Kubernetes API; of several Ready nodes at an address the newest counts",
                metadata: ["error": "\(reason)"])
        }
        outage = reason
    }
}
