import Testing

@testable import kubelet_load_test

@Suite("What curl tells of scrapes through a tunnel")
struct TunnelLoadTests {
    @Test(
        "is a fault unless all of them are there, and whole",
        arguments: [
            ("200 1024\n200 1024\n", nil), ("200 1024\n", "1 of 2 answers under load"),
            ("200 1024\n200 1000\n", "answers 200 1000 instead of 200 1024 under load"),
            ("404 1024\n200 1024\n", "answers 404 1024 instead of 200 1024 under load"),
            ("", "0 of 2 answers under load"),
        ] as [(String, String?)])
    func fault(output: String, fault: String?) {
        #expect(TunnelLoad.fault(in: output, count: 2, bytes: 1024) == fault)
    }

    @Test("HAProxy goes to the kubelet in TCP mode, nginx knows no tunnels, and Squid has no say in the goal")
    func peers() {
        for workload in WorkGroup.tunnel.workloads {
            #expect(workload.peers == [.proxy, .beside, .haproxy, .squid])
            #expect(workload.rivals == [.haproxy])
        }
        #expect(WorkGroup.tunnel.workloads.count == 6)
    }
}
