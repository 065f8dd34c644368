/// Why something could not be measured, for the one who started it.
struct PeersError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
