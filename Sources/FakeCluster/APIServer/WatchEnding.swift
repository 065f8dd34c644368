/// How the fake API server ends the watches that are open.
package enum WatchEnding: Hashable, Sendable {
    /// As after `timeoutSeconds`: the answer has its proper end.
    case finished
    /// The connection is closed in the middle of the answer.
    case cut
    /// A RST.
    case reset
    /// A FIN from the server, no end of the answer, and the connection stays.
    case halfClosed
}
