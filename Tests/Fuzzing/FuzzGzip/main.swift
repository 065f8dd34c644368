import Fuzzing

// The input as a gzip stream, as the deflate data of one, and as a body to compress.
Fuzzer.run { bytes in
    InflateProperties.check(bytes)
    // Without a header to find first.
    let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
    InflateProperties.check(header + bytes)
    DeflateProperties.check(bytes)
}
