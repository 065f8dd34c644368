import CCurl
import Synchronization

/// Ends, from any thread, what a `KubernetesAPIClient` is waiting for, once and for all.
@safe package final class APIInterrupt: Sendable {
    /// The client's transfers: waiting for them is what there is to interrupt. Only `curl_multi_wakeup` is called from
    /// other threads, which libcurl allows.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let triggered = Atomic(false)

    package init() {
        _ = Self.libcurl
        guard let multi = unsafe curl_multi_init() else { fatalError("libcurl has no memory left") }
        unsafe self.multi = multi
    }

    deinit { unsafe curl_multi_cleanup(multi) }

    package func trigger() {
        triggered.store(true, ordering: .releasing)
        unsafe curl_multi_wakeup(multi)
    }

    package var isTriggered: Bool { triggered.load(ordering: .acquiring) }

    /// Makes a `sleep` look at its condition.
    func wake() { unsafe curl_multi_wakeup(multi) }

    /// Waits for so long, less when interrupted, or where the condition holds. On the client's thread only, as no request runs.
    package func sleep(_ duration: Duration, unless isDue: () -> Bool = { false }) {
        let end = ContinuousClock.now + duration
        while !isTriggered, !isDue(), case let left = end - .now, left > .zero {
            unsafe curl_multi_poll(multi, nil, 0, left.roundedUpToMilliseconds, nil)
        }
    }

    /// libcurl's own set-up, once per process.
    private static let libcurl: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()
}

extension Duration {
    var roundedUpToMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
