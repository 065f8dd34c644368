package import Logging

/// Nodes out of a file, read again when it changes (spec 4.1).
///
/// The file is looked at four times a second, which costs 2 microseconds each time and works on every file system, through
/// links and for names that don't exist yet. inotify would have to follow each link of a Kubernetes ConfigMap mount and
/// sees nothing of changes made elsewhere on a network file system.
package struct FileNodeSource: NodeSource {
    private let path: String
    private let log: Logger

    private static let interval = Duration.milliseconds(250)

    package init(path: String, log: Logger = Logger(label: "nodes")) {
        self.path = path
        self.log = log
    }

    @concurrent
    package func run(_ deliver: @escaping @Sendable (NodeUpdate) -> Void) async {
        var watch = FileWatch(log: log)
        while !Task.isCancelled {
            if watch.hasChanged(FileStamp(path: path)) {
                for update in watch.read(path) { deliver(update) }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}

/// When to read the file, and what came of it.
struct FileWatch {
    /// Of the file as it was read last, or tried to.
    private var lastRead: FileStamp?
    /// Of the file as it was seen last.
    private var lastSeen: FileStamp?
    private var isFirst = true
    private var isLive = false
    private let log: Logger

    init(log: Logger = Logger(label: "nodes")) { self.log = log }

    /// Looks at the file's stamp, nil where there is no file: whether to read it now.
    ///
    /// A file put in place of the old one is whole. One that is written in place may be half done, so it is read when it
    /// stayed the same from one look to the next.
    mutating func hasChanged(_ stamp: FileStamp?) -> Bool {
        defer {
            lastSeen = stamp
            isFirst = false
        }
        if isFirst { return true }
        guard stamp != lastRead else { return false }
        guard let stamp, let lastRead, stamp.inode == lastRead.inode, stamp.device == lastRead.device else {
            return true
        }
        return stamp == lastSeen
    }

    /// Reads the file; what can't be read changes nothing but is reported.
    mutating func read(_ path: String) -> [NodeUpdate] {
        do throws(DocumentError) {
            // What can't be read is tried again only when it changes.
            lastRead = lastSeen
            let contents = try FileContents(path: path, limit: 1 << 30)
            lastRead = contents.stamp
            let file = try NodeFile(text: contents.bytes, source: path)
            if !file.ignoredKinds.isEmpty {
                log.warning(
                    "The nodes file holds objects that are no nodes; they are ignored",
                    metadata: ["file": "\(path)", "kinds": "\(file.ignoredKinds.joined(separator: ", "))"])
            }
            log.debug("Nodes file read", metadata: ["file": "\(path)", "nodes": "\(file.nodes.count)"])
            let updates: [NodeUpdate] = isLive ? [.snapshot(file.nodes)] : [.snapshot(file.nodes), .live]
            isLive = true
            return updates
        } catch {
            log.error(
                "The nodes file can't be used; the nodes known before stay in force", metadata: ["error": "\(error)"])
            isLive = false
            return [.disconnected(reason: "\(error)")]
        }
    }
}
