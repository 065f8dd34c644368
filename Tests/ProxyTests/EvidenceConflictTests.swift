import FakeCluster
import Foundation
import TLS
import Testing

extension EndToEndTests {
    /// Several Ready nodes at one address, and kubelets that answer for another name than before (spec 4.4.2, 6.3, 6.4).
    @Suite struct EvidenceConflicts {
        private static let paths = ["/metrics/resource", "/metrics/cadvisor", "/metrics", "/metrics/probes"]

        /// The stale identity's samples are never stored, and the true one's are, from the first scrape on.
        private func expectOwner(_ real: String, not other: String, in bench: EvidenceBench) async throws {
            for path in Self.paths {
                for name in [other, real] {
                    let answer = try await bench.scrape(name, path)
                    #expect(answer.isStored == (name == real), "\(name) \(path): \(answer.statusLine)")
                }
            }
        }

        @Test(
            "The kubelet decides, though the other node is younger, or just as young",
            arguments: EvidenceBench.Port.allCases, [0, 3600])
        func conflict(port: EvidenceBench.Port, age: Int64) async throws {
            try await EvidenceBench.run(
                port, real: "node-a", nodes: [.test("node-a", age: age), .test("node-b")]
            ) { (bench) async throws in
                try await expectOwner("node-a", not: "node-b", in: bench)
                #expect(bench.proxy.logText.contains("Address conflict is decided anew"))
                #expect(bench.proxy.logText.contains("because of the Ready claimants its kubelet answers"))
                let ground = port == .issued ? "certificate" : "node_name"
                #expect(try await bench.checks(ground, "agrees") > 0)
                // Asked once for the change, beyond what the scrapes themselves are.
                let times = port == .issued ? 0...1 : 1...2
                #expect(times.contains { bench.wasAsked($0, for: "/metrics") }, "\(bench.asked)")
            }
        }

        @Test("A verified certificate settles it before any scrape: the proxy asks of its own accord")
        func ofItsOwnAccord() async throws {
            try await EvidenceBench.run(.issued, real: "node-a", nodes: [.test("node-a", age: 3600)]) {
                (bench) async throws in
                bench.cluster.apiServer.put(FakeNode.test("node-b").at(bench.kubelet.address))
                #expect(
                    try await bench.proxy.wait {
                        bench.proxy.logText.contains("node-a, because of the Ready claimants its kubelet answers")
                    })
                #expect(bench.asked.isEmpty)
            }
        }

        @Test("Scrapes that come at once wait for one answer")
        func together() async throws {
            try await EvidenceBench.run(
                .plain, real: "node-a", nodes: [.test("node-a"), .test("node-b")]
            ) { (bench) async throws in
                try await withThrowingTaskGroup(of: (String, Bool).self) { group in
                    for index in 0..<6 {
                        let name = index % 2 == 0 ? "node-a" : "node-b"
                        group.addTask { (name, try await bench.keptScrape(name, "/metrics/slis").isStored) }
                    }
                    for try await (name, isStored) in group { #expect(isStored == (name == "node-a")) }
                }
                #expect(bench.asked.count { $0 == "/metrics" } == 1)
                #expect(bench.asked.count { $0 == "/metrics/slis" } == 3)
            }
        }

        @Test("Asked in vain, it leaves the decision to the ages; a token that is refused is no answer")
        func undecided() async throws {
            var bodies = GeneratedBodies(bytes: 5_000).bodies
            bodies["/metrics"] = Array("up 1\n".utf8)
            try await EvidenceBench.run(
                .plain, real: "node-b", corpus: MetricsCorpus(bodies), behaviour: .failing(.answers(status: 401)),
                nodes: [.test("node-a", age: 3600), .test("node-b")]
            ) { (bench) async throws in
                // Of its own accord, it was refused.
                #expect(try await bench.proxy.wait { bench.asked == ["/metrics"] })
                bench.kubelet.behaviour = KubeletBehaviour()
                #expect(try await bench.scrape("node-b", "/metrics/slis").isStored)
                #expect(try await bench.scrape("node-b", "/metrics/slis").isStored)
                #expect(try await bench.scrape("node-b", "/metrics/slis").isStored)
                #expect(bench.wasAsked(2, for: "/metrics"))
                #expect(try await bench.scrape("node-a", "/metrics/slis").status == 421)
            }
        }

        @Test(
            "The address is reused before the new node is registered: nothing is stored under the dead one's name",
            arguments: EvidenceBench.Port.allCases)
        func beforeRegistration(port: EvidenceBench.Port) async throws {
            for path in Self.paths {
                try await EvidenceBench.run(port, real: "node-b", nodes: [.test("node-a", age: 3600)]) {
                    (bench) async throws in
                    for next in [path] + Self.paths where port != .plain || path != "/metrics/resource" {
                        let answer = try await bench.scrape("node-a", next)
                        // Plain and without a name, the first scrape has nothing to be judged by.
                        let mayPass = port == .plain && path == "/metrics/probes" && next == path
                        #expect(!answer.isStored || mayPass, "\(next): \(answer.statusLine)")
                        if mayPass { break }
                    }
                    bench.cluster.apiServer.put(FakeNode.test("node-b").at(bench.kubelet.address))
                    let answer = try await bench.proxy.scrape("\(bench.kubelet.address)/metrics?node=node-b") {
                        $0.isStored
                    }
                    #expect(answer.isStored)
                    try await expectOwner("node-b", not: "node-a", in: bench)
                    let began = bench.proxy.logText.split(separator: "\n").count {
                        $0.contains("Contradicting evidence began")
                    }
                    let ended = bench.proxy.logText.split(separator: "\n").count {
                        $0.contains("Contradicting evidence ended")
                    }
                    #expect(began == ended && began <= 1)
                }
            }
        }

        @Test("A kubelet that is restarted under a new name, with the certificate that it made under the old one")
        func renamed() async throws {
            let machine = FakeNode.Machine(seed: "node-b")
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-a", madeAt: 1)).identity
            }
            try await EvidenceBench.run(
                .selfSigned, real: "node-b", certificate: certificate,
                nodes: [.test("node-a", age: 3600, machine: machine)]
            ) { (bench) async throws in
                #expect(!(try await bench.scrape("node-a", "/metrics").isStored))
                // The machine's ids agree all the time: they don't acquit it.
                for path in Self.paths + Self.paths {
                    let answer = try await bench.scrape("node-a", path)
                    #expect(!answer.isStored, "\(path): \(answer.statusLine)")
                }
                bench.cluster.apiServer.put(FakeNode.test("node-b", machine: machine).at(bench.kubelet.address))
                let answer = try await bench.proxy.scrape("\(bench.kubelet.address)/metrics/slis?node=node-b") {
                    $0.isStored
                }
                #expect(answer.isStored)
                try await expectOwner("node-b", not: "node-a", in: bench)
                // The old object stays, and turns NotReady.
                bench.cluster.apiServer.put(
                    FakeNode.test("node-a", age: 3600, ready: .unknown, machine: machine).at(bench.kubelet.address))
                _ = try await bench.proxy.wait { bench.proxy.logText.contains("Address conflict ended") }
                try await expectOwner("node-b", not: "node-a", in: bench)
            }
            // A proxy that starts only now knows nothing of all that.
            try await EvidenceBench.run(
                .selfSigned, real: "node-b", certificate: certificate,
                nodes: [
                    .test("node-a", age: 3600, ready: .unknown, machine: machine), .test("node-b", machine: machine),
                ]
            ) { (bench) async throws in try await expectOwner("node-b", not: "node-a", in: bench) }
        }

        @Test("A certificate that nothing but ids proved decides no conflict: the kubelet is asked for its name")
        func certificateOfIDs() async throws {
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-a", madeAt: 1)).identity
            }
            try await EvidenceBench.run(
                .selfSigned, real: "node-b", certificate: certificate,
                nodes: [.test("node-a", machine: FakeNode.Machine(seed: "node-b"))]
            ) { (bench) async throws in
                #expect(try await bench.scrape("node-a", "/metrics/cadvisor").isStored)
                let node = FakeNode.test("node-b", age: 3600, machine: FakeNode.Machine(seed: "not yet told"))
                try await bench.put(node) { $0.contains("address_conflicts 1") }
                #expect(!(try await bench.scrape("node-a", "/metrics/resource").isStored))
                try await expectOwner("node-b", not: "node-a", in: bench)
            }
        }

        @Test("The old node is Ready=False, its address another machine's", arguments: EvidenceBench.Port.allCases)
        func falseOldNode(port: EvidenceBench.Port) async throws {
            try await EvidenceBench.run(
                port, real: "node-b", nodes: [.test("node-a", age: 3600, ready: .false), .test("node-b")]
            ) { (bench) async throws in try await expectOwner("node-b", not: "node-a", in: bench) }
        }

        @Test("A machine that registers anew with another UID is proved anew", arguments: EvidenceBench.Port.allCases)
        func registeredAnew(port: EvidenceBench.Port) async throws {
            try await EvidenceBench.run(port, real: "node-b", nodes: [.test("node-b")]) { (bench) async throws in
                #expect(try await bench.scrape("node-b", "/metrics").isStored)
                let before = try await bench.checks(port == .issued ? "certificate" : "node_name", "agrees")
                bench.cluster.apiServer.delete(FakeNode.test("node-b").at(bench.kubelet.address))
                var anew = FakeNode.test("node-b")
                anew.uid = "uid-anew"
                bench.cluster.apiServer.put(anew.at(bench.kubelet.address))
                let target = "\(bench.kubelet.address)/metrics?node=node-b&node_uid=uid-anew"
                #expect(try await bench.proxy.scrape(target) { $0.isStored }.isStored)
                #expect(
                    try await bench.checks(port == .issued ? "certificate" : "node_name", "agrees") == before + 1)
            }
        }
    }
}
