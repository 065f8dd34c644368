/// How a fake kubelet answers. The default is what real ones of 1.36 do (vectors/kubelet).
package struct KubeletBehaviour: Hashable, Sendable {
    package var fault: Fault = .none
    package var framing: Framing = .automatic
    package var compression: Compression = .whenOffered
    package var authorization: Authorization = .anyone
    /// HEAD needs another permission than GET, which a scraper lacks: 403. Otherwise it is answered as GET without a body.
    package var allowsHead = false
    /// The connection ends after so many answers, with `Connection: close`. Nil: it is kept.
    package var answersPerConnection: Int?
    /// Idle connections are closed after so long, in milliseconds.
    package var idleTimeout: UInt64 = 90_000

    package init() {}

    /// The default but for one fault.
    package static func failing(_ fault: Fault) -> KubeletBehaviour {
        var behaviour = KubeletBehaviour()
        behaviour.fault = fault
        return behaviour
    }

    package enum Fault: Hashable, Sendable {
        case none
        /// 401, 403, 500 and so on, instead of metrics.
        case answers(status: Int)
        /// Says nothing until the client gives up.
        case hangsBeforeHead
        /// Says nothing more after so many bytes of the body.
        case hangsInBody(after: Int)
        /// Closes after so many bytes of the body, without its end.
        case breaksOff(after: Int)
        /// Sends a RST: after so many bytes of the body, or instead of an answer.
        case resets(after: Int?)
        /// Closes instead of answering: to the client the connection turns out dead.
        case closesUnanswered
        /// So many bytes, then a pause in milliseconds, and so on.
        case slow(bytes: Int, pause: UInt64)
        /// Exactly these bytes instead of an answer (odd framing, garbage), then the end of the connection.
        case sends([UInt8])
    }

    package enum Framing: Hashable, Sendable {
        /// Chunked over 2 KB, Content-Length below, as Go's server does.
        case automatic
        case chunked(size: Int)
        case contentLength
        /// Neither: the body ends with the connection.
        case untilClose
    }

    package enum Compression: Hashable, Sendable {
        case whenOffered
        case never
        /// Even where not offered.
        case always
    }

    package enum Authorization: Hashable, Sendable {
        case anyone
        /// Others get 401, and 403 if they are in `forbidden`.
        case tokens(Set<String>, forbidden: Set<String> = [])
    }
}
