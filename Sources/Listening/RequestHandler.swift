package import HTTP

/// What is done with a request. Called on the loop's thread, one call at a time for each connection.
package protocol RequestHandler: AnyObject {
    /// Answers the request.
    /// - Returns: whether the connection may carry another.
    func answer(_ request: RequestHead, to downstream: DownstreamConnection) async -> Bool

    /// Answers what is no request that we read; the connection is closed then.
    func refuse(_ error: HTTPError, to downstream: DownstreamConnection) async
}
