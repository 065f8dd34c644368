/// The two line formats. They look alike and differ in nearly every detail of white space.
package enum TextDialect: Sendable {
    /// 0.0.4 and 1.0.0 (`promparse` in Prometheus).
    case prometheus
    /// 1.0 (`openmetricsparse` in Prometheus).
    case openMetrics
}
