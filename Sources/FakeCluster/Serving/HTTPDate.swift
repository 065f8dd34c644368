import Glibc

/// The moment as a Date field has it (RFC 9110 section 5.6.7).
enum HTTPDate {
    static var now: String {
        var seconds = time(nil)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&seconds, &parts)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            unsafe strftime(base, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return unsafe String(cString: base)
        }
    }
}
