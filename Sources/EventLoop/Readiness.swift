import CEpoll

/// What a descriptor is known to be ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: 1)
    package static let writable = Readiness(rawValue: 2)
    /// The peer closed its side, or the connection broke.
    package static let hungUp = Readiness(rawValue: 4)

    /// A hang-up or an error makes a descriptor readable and writable too: the next call then says what happened.
    init(epoll bits: UInt32) {
        var readiness: Readiness = []
        if bits & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
        if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
        if bits & EPOLLRDHUP.rawValue != 0 { readiness.formUnion([.readable, .hungUp]) }
        if bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            readiness.formUnion([.readable, .writable, .hungUp])
        }
        self = readiness
    }
}
