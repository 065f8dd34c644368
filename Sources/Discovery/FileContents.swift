import Glibc

/// What tells one state of a file from the next.
struct FileStamp: Equatable {
    /// Changes when a file is put in another's place, which is how Kubernetes and careful programs replace one.
    var inode: UInt64
    var device: UInt64
    var size: Int64
    var modified: Int64
    var changed: Int64

    /// The stamp of the file that `path` leads to, through links; nil where there is none.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    fileprivate init(_ status: stat) {
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}

/// A file as it was read, and its stamp from before: a later change shows as another stamp.
struct FileContents {
    var bytes: [UInt8]
    var stamp: FileStamp

    /// Reads a whole file of at most `limit` bytes.
    init(path: String, limit: Int) throws(DocumentError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        stamp = FileStamp(status)
        bytes = []
        // The size is a hint only: that of a pipe or of a file in /proc is 0.
        var chunk = [UInt8](repeating: 0, count: max(64 << 10, min(Int(stamp.size) + 1, 16 << 20)))
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw Self.failure(path) }
            if count == 0 { return }
            bytes.append(contentsOf: chunk.prefix(max(count, 0)))
            guard bytes.count <= limit else {
                throw DocumentError(source: path, problem: "larger than the limit of \(limit >> 20) MiB")
            }
        }
    }

    private static func failure(_ path: String) -> DocumentError {
        let code = errno
        let text = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return DocumentError(source: path, problem: "can't be read: \(text)")
    }
}
