import EventLoop
import Logging

extension Logger {
    /// Tells the operator that scrapers, or readers of the admin pages, wait in vain.
    ///
    /// - Parameter key: of the listener's address in the configuration.
    func note(_ trouble: AcceptTrouble, at key: StaticString) {
        switch trouble {
        case .began(let error):
            self.error(
                "No connection can be accepted: raise the limit of open files (ulimit -n) or lower limits.connections",
                metadata: ["error": "\(error)", "listener": "\(key)"])
        case .ended: notice("Connections are accepted again", metadata: ["listener": "\(key)"])
        }
    }
}
