/// Why a run could not be made, for the one who started it: exit status 2.
struct RunError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
