/// What one rewritten scrape amounted to. Samples are counted as Prometheus counts them.
package struct RewriteCounts: Sendable, Equatable {
    package var bytesIn = 0
    package var bytesOut = 0
    package var samplesIn = 0
    package var samplesOut = 0
    /// Dropped by `drop`, `keep` and their kin, or left without any label.
    package var droppedByRule = 0
    /// Made equal to an earlier series by rewriting, and dropped (spec 7.8).
    package var collisions = 0
    /// Repetitions by the body itself of a series that had collided: dropped, and no collision (spec 7.8).
    package var repeatsDropped = 0

    package init() {}
}
