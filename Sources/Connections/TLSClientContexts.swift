import Glibc
import Synchronization
import TLS

/// The contexts of the credentials in use. A file of theirs that changed makes a new one at the next dial (spec 8.1).
final class TLSClientContexts: Sendable {
    static let shared = TLSClientContexts()

    private let kept = Mutex<[Kept]>([])
    /// A configuration has one or two; reloads leave old ones behind.
    private static let most = 8

    private struct Kept {
        let credentials: TLSCredentials
        let files: [FileStamp?]
        let context: TLSClientContext
    }

    func context(for credentials: TLSCredentials) throws(TLSError) -> TLSClientContext {
        var credentials = credentials
        // Another name is asked of the peer, by the same means.
        credentials.serverName = nil
        credentials.readsPeerCertificate = false
        let files = [credentials.caFile, credentials.certFile, credentials.keyFile].map {
            $0.flatMap { FileStamp(of: $0) }
        }
        let known = kept.withLock { kept in
            kept.first { $0.credentials == credentials && $0.files == files }?.context
        }
        if let known { return known }
        let context = try TLSClientContext(trusting: credentials.trust, presenting: credentials.identity)
        kept.withLock { kept in
            kept.removeAll { $0.credentials == credentials }
            if kept.count >= Self.most { kept.removeFirst() }
            kept.append(Kept(credentials: credentials, files: files, context: context))
        }
        return context
    }
}

/// What tells one state of a file from the next.
private struct FileStamp: Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    /// Of the content and of the inode, in nanoseconds.
    private let times: [Int]

    /// Nil: there is no such file. Links are followed.
    init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        (device, inode, size) = (status.st_dev, status.st_ino, status.st_size)
        times = [status.st_mtim, status.st_ctim].map { $0.tv_sec * 1_000_000_000 + $0.tv_nsec }
    }
}

extension TLSCredentials {
    fileprivate var trust: TLSClientContext.Trust {
        if skipsVerification { return .anybody }
        if let caData { return .authorities(.text(String(decoding: caData, as: UTF8.self))) }
        return caFile.map { .authorities(.file(path: $0)) } ?? .systemAuthorities
    }

    fileprivate var identity: TLSIdentity? {
        guard let chain = Self.source(certData, certFile) else { return nil }
        // One file may hold both.
        return TLSIdentity(certificateChain: chain, privateKey: Self.source(keyData, keyFile) ?? chain)
    }

    private static func source(_ data: [UInt8]?, _ file: String?) -> PEMSource? {
        if let data { return .text(String(decoding: data, as: UTF8.self)) }
        return file.map { .file(path: $0) }
    }
}
