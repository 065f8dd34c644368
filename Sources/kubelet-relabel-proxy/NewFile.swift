import Glibc

/// A file that must not have been there before.
enum NewFile {
    /// Writes it whole, or leaves nothing behind.
    static func write(_ text: String, to path: String, mode: mode_t) throws(NewFileError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw NewFileError(path, errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let failure = NewFileError(path, errno)
                _ = unsafe unlink(path)
                throw failure
            }
            sent += count
        }
    }
}

struct NewFileError: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ code: Int32) {
        let reason = unsafe String(cString: strerror(code))
        let remedy = code == EEXIST ? "move it away, or choose another folder with --out" : "nothing was written"
        description = "\(path): \(reason): \(remedy)"
    }
}
