package import EventLoop

/// Why there is no connection to an upstream, or no longer.
package enum ConnectionError: Error {
    /// The dial failed: refused, no route, TLS. libcurl's or OpenSSL's words, one line.
    case unreachable(String)
    /// No connection within `connect_timeout`.
    case connectTimeout(milliseconds: UInt64)
    /// The connection broke while it was in use.
    case broken(String)
    /// Whoever waits was called away: deadline, hang-up, shutdown.
    case interrupted(Interruption)
}
