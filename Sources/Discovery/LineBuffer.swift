/// Cuts a stream of bytes into lines.
struct LineBuffer {
    private var bytes: [UInt8] = []
    /// No line ends before this index.
    private var searched = 0

    /// Of the line that has not ended yet, in bytes.
    var unfinished: Int { bytes.count }

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// The next whole line, without its end; nil until more bytes come.
    mutating func next() -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: 0x0a) else {
            searched = bytes.count
            return nil
        }
        defer {
            bytes.removeFirst(end + 1)
            searched = 0
        }
        return Array(bytes[..<end])
    }
}
