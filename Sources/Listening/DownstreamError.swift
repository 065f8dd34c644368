package import HTTP

/// Why a scraper's connection gives no further request.
package enum DownstreamError: Error {
    /// What came is no request that we read. The connection must be closed after the answer.
    case refused(HTTPError)
    /// A head did not arrive within `header_timeout`.
    case headerTimeout
    /// It was closed or broke, or was idle for too long: nobody is there to answer.
    case gone
    /// The proxy shuts down.
    case cancelled
}
