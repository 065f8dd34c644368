import Glibc
import Testing

@testable import EventLoop

@Suite("Descriptors that connections leave alone")
struct DescriptorReserveTests {
    @Test(
        "the last 64 are the reserve, with small limits the last eighth, and half of it is forbidden",
        arguments: [
            (20_000, 19_935, false, false), (20_000, 19_936, true, false), (20_000, 19_968, true, true),
            (64, 55, false, false), (64, 56, true, false), (64, 60, true, true),
        ])
    func bounds(limit: Int, descriptor: Int, isReserve: Bool, isForbidden: Bool) {
        var reserve = DescriptorReserve(limit: limit)
        reserve.note(Int32(descriptor))
        #expect(reserve.isTouched == isReserve)
        #expect(reserve.forbids(Int32(descriptor)) == isForbidden)
    }

    @Test("a reserve that was touched is looked at again, until others gave enough back")
    func recovery() {
        // Of a limit this near, every descriptor that is free is in the reserve, whatever others open and close meanwhile.
        var scarce = DescriptorReserve(limit: 1)
        scarce.note(1)
        for _ in 0..<2 {
            let isScarce = scarce.isAllThatIsLeft(copying: 0)
            #expect(isScarce)
        }
        var ample = DescriptorReserve(limit: 1 << 20)
        ample.note(1 << 20 - 1)
        #expect(ample.isTouched)
        let isScarce = ample.isAllThatIsLeft(copying: 0)
        #expect(!isScarce)
        #expect(!ample.isTouched)
    }

    @Test("a loop that can't be made for want of descriptors is an error, no trap")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let next = dup(0)
            var limit = rlimit(rlim_cur: UInt(next), rlim_max: UInt(next))
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            close(next)
            // One is left: for the executor's eventfd, not for the loop's epoll. Then none.
            for kept in [-1, dup(0)] {
                #expect(throws: SocketError(EMFILE, during: .poll)) { _ = try EventLoop(LoopExecutor()) }
                #expect(kept < next)
            }
        }
    }
}
