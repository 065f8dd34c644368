import Foundation

/// Bytes through a CONNECT and real TLS, which `openssl s_client` does.
final class TLSClient {
    private let process = Process()
    private let gate: TunnelGate
    private let input = Pipe()
    private let output = Pipe()
    private(set) var isClosed = false

    /// - Parameters:
    ///   - target: `host:port`
    ///   - proxy: `http://127.0.0.1:PORT`
    ///   - protocol: the one that ALPN is to choose.
    init(_ target: String, proxy: String, protocol name: String) throws {
        // To write to a client that has ended is an error of the write.
        signal(SIGPIPE, SIG_IGN)
        // s_client's own CONNECT is HTTP/1.0.
        gate = try TunnelGate(to: target, through: proxy)
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "s_client", "-quiet", "-alpn", name, "-connect", gate.address,
        ]
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { close() }

    func close() {
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.terminate() }
        gate.close()
    }

    func send(_ bytes: [UInt8]) { try? input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// Reads until `take` has enough, the proxy closes, or the time is over.
    func read(within seconds: Double, _ take: ([UInt8]) -> Bool) {
        let end = ContinuousClock.now + .seconds(seconds)
        let descriptor = output.fileHandleForReading.fileDescriptor
        while ContinuousClock.now < end, !isClosed {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe Glibc.poll(&poll, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 {
                isClosed = true
            } else if take(Array(chunk[..<count])) {
                return
            }
        }
    }
}
