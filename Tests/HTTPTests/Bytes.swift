/// Bytes that live as long as they are read.
struct Bytes {
    let array: [UInt8]

    init(_ array: [UInt8]) { self.array = array }
    init(_ text: String) { array = Array(text.utf8) }

    /// `withUnsafeBytes` keeps no typed errors.
    func read<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 1)
        defer { unsafe copy.deallocate() }
        unsafe copy.copyBytes(from: array)
        return try unsafe body(UnsafeRawBufferPointer(copy))
    }
}
