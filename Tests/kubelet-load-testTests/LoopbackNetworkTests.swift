import Testing

@testable import kubelet_load_test

@Suite("Loopback networks of runs")
struct LoopbackNetworkTests {
    @Test("two runs that would have the same network get two")
    func apart() throws {
        let first = try LoopbackNetwork.take(startingAt: 42)
        let second = try LoopbackNetwork.take(startingAt: 42)
        #expect(first != second)
        for network in [first, second] { #expect(LoopbackNetwork.numbers.contains(network)) }
    }
}
