import Fuzzing
import HTTP

/// What is understood doesn't depend on the pieces in which the bytes arrive.
enum SplitProperties {
    /// Low, so that inputs of a fuzzer's size reach it.
    private static let headLimit = 512

    static func check(_ bytes: [UInt8], as side: MessageReader.Side) {
        let whole = MessageReader.events(of: bytes, as: side, limit: headLimit)
        for event in whole {
            if case .contradiction(let text) = event { require(false, text) }
        }
        for cuts in Cuts.some(of: bytes) {
            let pieces = MessageReader.events(of: bytes, cutAt: cuts, as: side, limit: headLimit)
            require(pieces == whole, "cut at \(cuts): \(pieces) instead of \(whole)")
        }
    }
}
