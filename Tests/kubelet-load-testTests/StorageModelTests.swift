import Addressing
import FakeCluster
import Testing

@testable import kubelet_load_test

@Suite("What would reach storage")
struct StorageModelTests {
    static let address = IPAddress(v4: 0x7f01_0005)
    /// Members 0 and 1 follow each other at one address; 2 lives elsewhere.
    static let plan: ScenarioPlan = {
        var plan = ScenarioPlan(.ipReuse)
        plan.members = [
            .init("node-a", [address], port: 10250), .init("node-b", [address], port: 10250),
            .init("node-c", [IPAddress(v4: 0x7f01_0006)], port: 10250),
        ]
        plan.members[1].isThereFromStart = false
        return plan
    }()
    /// node-a dies at 10 s, node-b is there from 15 s on.
    static let truth: GroundTruth = {
        var truth = GroundTruth(plan)
        truth.note(.kubeletStops(0), from: 10, to: 10.1)
        truth.note(.turns(0, .unknown), from: 12, to: 12.1)
        truth.note(.registers(1), from: 14, to: 14.1)
        truth.note(.kubeletStarts(1), from: 14.9, to: 15)
        return truth
    }()
    static let targets = ["node-a", "node-b", "node-c"].map { name in
        let ip = name == "node-c" ? IPAddress(v4: 0x7f01_0006) : address
        return ScrapeTarget(
            node: name, address: SocketAddress(ip, port: 10250), instance: "\(ip):10250", path: "/metrics")
    }

    static func stored(_ kubelet: Int?, samples: Int = 100, stamp: StoredBody.Stamp? = nil) -> ScrapeOutcome {
        .stored(StoredBody(kubelet: kubelet, samples: samples, stamp: stamp))
    }

    static func judge(
        _ scrapes: [(target: Int, at: Double, outcome: ScrapeOutcome)], lag: HarnessLag = HarnessLag()
    ) -> StorageModel.Findings {
        let records = scrapes.map {
            ScrapeRecord(target: $0.target, start: $0.at, end: $0.at + 0.1, outcome: $0.outcome)
        }
        return StorageModel.judge(
            ScrapeLedger(targets: targets, records: records, lag: lag), truth: truth, intervals: ["/metrics": 5],
            wholeSamples: ["/metrics": 100])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scrapes: [(target: Int, at: Double, outcome: ScrapeOutcome)]
        var wrong = 0
        var doubled = 0
        var lost = 0
    }

    static let stale = ScrapeOutcome.refused(status: 421, reason: "Stale node identity")

    static let cases = [
        Case(
            testDescription: "each kubelet under its own name is as it should be",
            scrapes: [(0, 1, stored(0)), (2, 2, stored(2)), (0, 6, stored(0)), (2, 7, stored(2)), (1, 17, stored(1))]),
        Case(
            testDescription: "a stale name that is refused loses nothing",
            scrapes: [(0, 16, stale), (1, 17, stored(1)), (0, 21, stale), (1, 22, stored(1))]),
        Case(
            testDescription:
                "the new kubelet under the old name is wrong, and doubled once it is stored under its own too",
            scrapes: [(0, 16, stored(1)), (1, 17, stored(1)), (0, 21, stored(1))], wrong: 200, doubled: 100),
        Case(
            testDescription: "the same name scraped twice by two targets is doubled",
            scrapes: [
                (0, 16, stored(1, stamp: .init(node: "node-b", samples: 100))), (1, 17, stored(1)),
                (0, 21, stored(1, stamp: .init(node: "node-b", samples: 100))),
            ], doubled: 100),
        Case(
            testDescription:
                "a stale name rewritten to the owner, until the owner's own target takes over, is no double",
            scrapes: [
                (0, 16, stored(1, stamp: .init(node: "node-b", samples: 100))),
                (0, 21, stored(1, stamp: .init(node: "node-b", samples: 100))), (1, 22, stored(1)), (0, 26, stale),
                (1, 27, stored(1)),
            ]),
        Case(
            testDescription: "samples that a stamp left out are stored under the stale name",
            scrapes: [(0, 16, stored(1, stamp: .init(node: "node-b", samples: 97)))], wrong: 3),
        Case(
            testDescription: "a body that does not say whose it is is wrong",
            scrapes: [(2, 16, stored(nil))], wrong: 100),
        Case(testDescription: "a healthy owner's scrape that is refused is lost", scrapes: [(2, 16, stale)], lost: 1),
        Case(
            testDescription: "a healthy owner's scrape that fails is lost",
            scrapes: [(2, 16, .failed("timeout"))], lost: 1),
        Case(
            testDescription: "a short answer counts as lost",
            scrapes: [(2, 16, stored(2, samples: 99))], lost: 1),
        Case(
            testDescription: "nothing is lost of a kubelet that died during the scrape, or before",
            scrapes: [(0, 9.95, .failed("closed")), (0, 11, .failed("refused")), (0, 13, .failed("refused"))]),
        Case(
            testDescription: "nothing is lost of a node that has just come", scrapes: [(1, 15.5, stale)]),
        Case(testDescription: "a node that came a second ago is to be scraped", scrapes: [(1, 16.1, stale)], lost: 1),
    ]

    @Test("verdicts", arguments: cases)
    func verdicts(row: Case) {
        let findings = Self.judge(row.scrapes)
        #expect(findings.wrongIdentitySamples == row.wrong)
        #expect(findings.doubledSamples == row.doubled)
        #expect(findings.lostScrapes == row.lost)
        #expect(findings.violations.isEmpty == (row.wrong + row.doubled + row.lost == 0))
        #expect(findings.scrapes == row.scrapes.count)
    }

    @Test("a sentence says what, for which target, and when")
    func sentences() {
        let findings = Self.judge([(0, 16, Self.stored(1)), (2, 17, Self.stale), (0, 21, Self.stored(1))])
        #expect(
            findings.violations.sentences == [
                "wrong identity: 200 samples in 2 scrapes of target 127.1.0.5:10250/metrics (node node-a) between 16.0 s and "
                    + "21.0 s: made by the kubelet of node-b, stored as node-a",
                "lost: 1 scrapes of target 127.1.0.6:10250/metrics (node node-c) at 17.0 s: answered 421 Stale node "
                    + "identity",
            ])
    }

    @Test("a thousand targets in trouble make few sentences, and none is forgotten")
    func manySentences() {
        var list = ViolationList()
        for number in 0..<1000 {
            var target = Self.targets[0]
            target.node = "node-\(number)"
            list.add(.lost, target, at: 1, count: 1, detail: "timeout")
        }
        #expect(list.sentences.count == 26)
        #expect(list.sentences.last == "lost: 975 more such sentences are left out")
    }

    @Test(
        "a lost scrape is one, whoever is at fault, and the sentence says when the harness was late",
        arguments: [(0.1, 2.5, false), (0.6, 2.5, true), (0.6, 3.4, true), (0.6, 7, false)])
    func lateHarness(lag: Double, at moment: Double, isTold: Bool) {
        var late = HarnessLag()
        late.note(lag, at: moment)
        let findings = Self.judge([(2, 2, .failed("timeout"))], lag: late)
        #expect(findings.lostScrapes == 1)
        let sentence = findings.violations.sentences.first ?? ""
        #expect(sentence.contains("timeout"))
        #expect(sentence.contains("the harness was late then, by up to 0.6 s") == isTold)
    }
}
