/// Where an input is cut into the pieces that it arrives in: drawn from the input alone, so that its bytes are all there
/// is to a finding.
package struct Cuts {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325
    /// Inputs up to this length also arrive byte by byte.
    private static let longestInBytes = 128

    private init(_ bytes: [UInt8]) {
        // FNV-1a.
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    /// Some ways to cut `bytes`: the positions of each, ascending.
    package static func some(of bytes: [UInt8]) -> [[Int]] {
        guard bytes.count > 1 else { return [] }
        var cuts = Cuts(bytes)
        let few = (0..<2 + cuts.below(6)).map { _ in 1 + cuts.below(bytes.count - 1) }
        var ways = [[1 + cuts.below(bytes.count - 1)], Set(few).sorted()]
        if bytes.count <= longestInBytes { ways.append(Array(1..<bytes.count)) }
        return ways
    }

    /// SplitMix64.
    private mutating func below(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(limit, 1)))
    }
}

extension [UInt8] {
    /// The pieces between `cuts`.
    package func pieces(cutAt cuts: [Int]) -> [ArraySlice<UInt8>] {
        zip([0] + cuts, cuts + [count]).map { self[$0..<$1] }
    }
}
