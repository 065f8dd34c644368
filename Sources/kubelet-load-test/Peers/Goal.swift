/// What spec 14 asks of a cell.
enum Goal: Equatable {
    case none
    /// 14.1
    case atMostTheBetterPeer
    /// 14.2
    case timesLessThanPeer(Double)
    /// 14.3
    case megabytesPerSecond(Double)

    var text: String {
        switch self {
        case .none: ""
        case .atMostTheBetterPeer: "ratio <= 1.00"
        case .timesLessThanPeer(let times): "ratio >= \(Int(times))"
        case .megabytesPerSecond(let rate): "MB/s >= \(Int(rate))"
        }
    }

    /// Nil where nothing is asked, or what is asked about is not known.
    func isMet(ratio: Double?, megabytesPerSecond rate: Double?) -> Bool? {
        switch self {
        case .none: nil
        case .atMostTheBetterPeer: ratio.map { $0 <= 1 }
        case .timesLessThanPeer(let times): ratio.map { $0 >= times }
        case .megabytesPerSecond(let goal): rate.map { $0 >= goal }
        }
    }
}
