/// The counts of one scrape, held against its limits (spec 7.10).
package struct RewriteMeter {
    package private(set) var counts = RewriteCounts()
    package let limits: RewriteLimits
    private let sampleLimit: Int
    private let labelLimit: Int

    package init(_ limits: RewriteLimits) {
        self.limits = limits
        sampleLimit = limits.samples > 0 ? limits.samples : .max
        labelLimit = limits.labels > 0 ? limits.labels : .max
    }

    /// Counts decompressed bytes that came from the kubelet.
    package mutating func receive(bytes: Int) throws(RewriteError) {
        counts.bytesIn += bytes
        guard limits.bodySize == 0 || counts.bytesIn < limits.bodySize else {
            throw .limit(.bodySize, reached: counts.bytesIn, allowed: limits.bodySize)
        }
    }

    package mutating func emit(bytes: Int) {
        counts.bytesOut += bytes
    }

    /// Counts samples that leave. A classic histogram in protobuf is as many as its lines in text would be.
    @inline(__always)
    package mutating func pass(samples: Int = 1) throws(RewriteError) {
        counts.samplesIn += samples
        counts.samplesOut += samples
        if counts.samplesOut > sampleLimit {
            throw .limit(.samples, reached: counts.samplesOut, allowed: limits.samples)
        }
    }

    package mutating func dropByRule(samples: Int = 1) {
        counts.samplesIn += samples
        counts.droppedByRule += samples
    }

    package mutating func dropCollision(samples: Int = 1) {
        counts.samplesIn += samples
        counts.collisions += samples
    }

    package mutating func dropRepeat(samples: Int = 1) {
        counts.samplesIn += samples
        counts.repeatsDropped += samples
    }

    /// Holds the number of labels of a series as it leaves, `__name__` included, against `label_limit`.
    @inline(__always)
    package func check(labels: Int) throws(RewriteError) {
        if labels > labelLimit {
            throw .limit(.labels, reached: labels, allowed: limits.labels)
        }
    }
}
