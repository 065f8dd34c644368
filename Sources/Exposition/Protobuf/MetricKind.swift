/// `MetricType` of metrics.proto; which field of a `Metric` has its value.
enum MetricKind: Int32 {
    case counter = 0
    case gauge = 1
    case summary = 2
    case untyped = 3
    case histogram = 4
    case gaugeHistogram = 5
}
