/// The exposition formats that can be rewritten (spec 7.5).
package enum ExpositionFormat: Sendable, Equatable {
    /// text/plain, 0.0.4 and 1.0.0: one lexer reads both, as in Prometheus.
    case text
    case openMetrics
    /// Delimited `io.prometheus.client.MetricFamily`.
    case protobuf

    /// Reads a `Content-Type` as Prometheus does: the media type decides, parameters must be well formed and are ignored.
    /// Nil where it is missing, malformed or unknown; such an answer is not rewritten (502).
    package init?(contentType: String?) {
        guard let contentType, let mediaType = MediaType(contentType) else { return nil }
        switch mediaType.essence {
        case "text/plain": self = .text
        case "application/openmetrics-text": self = .openMetrics
        case "application/vnd.google.protobuf": self = .protobuf
        default: return nil
        }
    }
}
