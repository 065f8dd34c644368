private import COpenSSL
private import Glibc

/// OpenSSL's errors lie in a queue that belongs to the thread: it is emptied before each call whose failure matters, and
/// read right after it. This is the only place that turns them into words.
enum OpenSSLErrors {
    static func clear() { ERR_clear_error() }

    /// Empties the queue; nil when it held nothing.
    static func takeReason() -> String? {
        var first: UInt = 0
        while case let code = ERR_get_error(), code != 0 {
            // The first error is the cause, those after it tell how it travelled.
            if first == 0 { first = code }
        }
        guard first != 0 else { return nil }
        let systemError = krp_error_errno(first)
        if systemError != 0 { return unsafe String(cString: strerror(systemError)) }
        guard let text = unsafe ERR_reason_error_string(first) else { return "OpenSSL error \(first)" }
        return unsafe String(cString: text)
    }

    static func takeReason(or fallback: String) -> String { takeReason() ?? fallback }

    /// Whether the queue holds nothing but "no further PEM block". Empties it.
    static func takeEndOfPEM() -> Bool {
        let last = ERR_peek_last_error()
        ERR_clear_error()
        return last == 0 || krp_error_is_end_of_pem(last) != 0
    }
}
