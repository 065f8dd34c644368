import FoundationEssentials

/// From when to when a certificate is good. Unix seconds.
package struct CertificateLifetime: Equatable, Sendable {
    package let start: Int64
    package let end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    var startDate: Date { Date(timeIntervalSince1970: Double(start)) }
    var endDate: Date { Date(timeIntervalSince1970: Double(end)) }

    /// Certificates tell whole seconds.
    init(_ start: Date, _ end: Date) {
        self.init(start: Int64(start.timeIntervalSince1970), end: Int64(end.timeIntervalSince1970))
    }
}
