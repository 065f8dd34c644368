import Glibc

/// Whether a file can be read, found out before it is needed.
enum FileCheck {
    /// What is wrong with it, with a remedy; nil: it can be read.
    static func problem(with path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            return "\(path): \(reason()): create the file or correct the path"
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { return "\(path) is a folder: name the file in it" }
        guard unsafe access(path, R_OK) == 0 else {
            return "\(path): \(reason()): let the proxy's user read it"
        }
        return nil
    }

    private static func reason() -> String {
        let code = errno
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
