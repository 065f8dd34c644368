import Testing

@testable import kubelet_load_test

@Suite("What wrk counted")
struct LoadResultTests {
    /// As wrk 4.1 prints it, with the script's line at the end.
    static func output(_ line: String) -> String {
        """
        Running 2s test @ http://127.0.0.1:9480
          1 threads and 8 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     1.72s    79.17ms   1.83s    62.50%
          8 requests in 2.05s, 5.02MB read
        Requests/sec:      3.91
        \(line)

        """
    }

    @Test("the script's line is found among wrk's own")
    func line() throws {
        let result = try #require(
            LoadResult(
                Self.output("kubelet-load-test answers=8 bytes=4500 connect=0 read=0 write=0 status=0 timeout=0")))
        #expect(result.answers == 8)
        #expect(result.bytes == 4500)
        #expect(result.errors.isEmpty)
    }

    @Test(
        "output without that line, or with half of it, is no result",
        arguments: ["", "kubelet-load-test", "kubelet-load-test answers=8", "kubelet-load-test answers=x bytes=1"])
    func malformed(line: String) { #expect(LoadResult(Self.output(line)) == nil) }

    @Test("answers that were cut at the end count as far as they came")
    func partial() throws {
        let result = try #require(LoadResult("kubelet-load-test answers=8 bytes=4500"))
        #expect(try result.scrapes(of: 500) == 9)
    }

    @Test(
        "errors, short answers and no answer at all give no figure",
        arguments: [
            ("answers=8 bytes=4500 read=0 status=8", "errors under load: 8 status"),
            ("answers=8 bytes=4500 read=1 timeout=2", "errors under load: 1 read, 2 timeout"),
            ("answers=8 bytes=3999", "short answers under load"),
            ("answers=0 bytes=499", "no whole answer in a round: raise --seconds"),
        ])
    func failures(line: String, reason: String) throws {
        let result = try #require(LoadResult("kubelet-load-test \(line)"))
        let error = #expect(throws: PeersError.self) { try result.scrapes(of: 500) }
        #expect(error?.description == reason)
    }
}
