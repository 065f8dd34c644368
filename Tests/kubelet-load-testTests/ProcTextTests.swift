import Glibc
import Testing

@testable import kubelet_load_test

@Suite("What /proc tells")
struct ProcTextTests {
    @Test(
        "the parent of a process, whatever its name",
        arguments: [
            ("4242 (nginx) S 4200 4242 4242 0 -1", 4200), ("7 (a) b (c) R 12 7 7", 12), ("7 (x", nil), ("7 (x) S", nil),
        ] as [(String, Int32?)])
    func parent(stat: String, parent: Int32?) { #expect(CPUClock.parent(stat: stat) == parent) }

    @Test(
        "time on a core is the first of three numbers",
        arguments: [("9635615 120 1\n", 9_635_615), ("9635615", nil), ("", nil), ("a b c", nil)] as [(String, Int?)])
    func runTime(schedstat: String, time: Int?) { #expect(CPUClock.runTime(schedstat: schedstat) == time) }

    @Test("a file in /proc is read whole, not its first page alone")
    func whole() throws {
        let maps = try #require(RunFiles.text("/proc/self/maps"))
        #expect(maps.utf8.count > 8192)
        #expect(maps.contains("[vdso]"))
        #expect(RunFiles.text("/proc/self/nothing") == nil)
    }

    @Test("the clock of this process runs on while it works")
    func ownClock() throws {
        // Other tests' children come and go.
        let clock = CPUClock(ofThisAlone: getpid())
        let before = try clock.nanoseconds()
        var text = SeriesText([])
        for _ in 0..<200 { text = SeriesText(Array(repeating: UInt8(ascii: "a"), count: 100_000)) }
        #expect(text.series == 1)
        #expect(try clock.nanoseconds() > before)
    }

    @Test("a process that is gone is an error")
    func gone() { #expect(throws: PeersError.self) { try CPUClock(of: Int32.max).nanoseconds() } }

    @Test(
        "proxies get the last core that may be used, the load the first",
        arguments: [
            ("0-3", 0, 3, [0, 1, 2]), ("0,2-5,8", 0, 8, [0, 2, 3, 4, 5]), ("0-1", 0, 1, [0]), ("7", 7, 7, [7]),
        ])
    func cores(list: String, load: Int, proxy: Int, others: [Int]) throws {
        let status = "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t\(list)\nMems_allowed_list:\t0\n"
        let cores = try #require(Cores(status: status))
        #expect(cores.load == load)
        #expect(cores.proxy == proxy)
        #expect(cores.others == others)
    }

    @Test("without that line nothing is guessed")
    func noCores() { #expect(Cores(status: "Name:\tx\n") == nil) }
}
