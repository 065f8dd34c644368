import Addressing
import HTTP
import Settings

/// The head of the request that the kubelet gets.
enum UpstreamHead {
    /// The scraper's fields without those that concern its own connection (spec 11.4), under the kubelet's address.
    static func write(
        _ request: RequestHead, _ intent: ScrapeIntent, _ address: SocketAddress, _ upstream: UpstreamSettings,
        with writer: inout HeadWriter
    ) -> [UInt8] {
        writer.startRequest(intent.isHead ? "HEAD" : "GET", path: intent.path, query: intent.query)
        writer.field("Host", "\(address)")
        let carriesAuthorization = upstream.authorization == .forward
        let namesFields = request.fields.contains(.connection)
        for field in request.fields.fields where !field.id.isHopByHop {
            if field.id == .authorization, !carriesAuthorization { continue }
            if namesFields, request.fields.isNamedByConnection(field) { continue }
            writer.copy(field, of: request.fields)
        }
        writer.end()
        return writer.bytes
    }
}
