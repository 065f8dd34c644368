/// What one scrape may cost while it is rewritten (spec 7.10); 0 means no limit, as in Prometheus.
package struct RewriteLimits: Sendable, Equatable {
    /// Decompressed bytes from the kubelet. A body of exactly this size is refused, as Prometheus does.
    package var bodySize: Int
    /// Samples that leave, those lost to rules and collisions not counted.
    package var samples: Int
    /// Labels of one series as it leaves, `__name__` included.
    package var labels: Int
    /// Input bytes of one series line or protobuf metric.
    package var sampleLength: Int

    package static let none = RewriteLimits()

    package init(bodySize: Int = 0, samples: Int = 0, labels: Int = 0, sampleLength: Int = 0) {
        self.bodySize = bodySize
        self.samples = samples
        self.labels = labels
        self.sampleLength = sampleLength
    }
}

/// The configuration key that a limit is set by; also the value of the label `limit` in `limits_exceeded_total`.
package enum RewriteLimit: String, Sendable, Equatable {
    case bodySize = "body_size_limit"
    case samples = "sample_limit"
    case labels = "label_limit"
    case sampleLength = "sample_length"
}
