import Discovery
import Testing

@testable import Identity
@testable import Proxy

/// What was shown over one connection, what is demanded, and what follows (spec 6.2, 6.3). No I/O.
@Suite("What a kubelet has shown over a connection, and whether that is enough")
struct PeerFindingsTests {
    typealias Proof = PeerFindings.Proof

    private func findings(_ proof: Proof?, nameless: Bool) -> PeerFindings {
        let findings = PeerFindings(certificate: nil)
        if let proof { findings.prove(proof, by: .machine) }
        findings.isNameless = nameless
        return findings
    }

    /// For each demand whether a proof is enough, from a kubelet that names itself as far as is known, and from one that was
    /// asked and is too old to.
    struct Worth: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let proof: Proof?
        let named: [Bool]
        let nameless: [Bool]

        init(_ sentence: String, _ proof: Proof?, _ named: [Bool], nameless: [Bool]) {
            (testDescription, self.proof, self.named, self.nameless) = (sentence, proof, named, nameless)
        }

        static let all = [
            //                                                        nothing name nameAnew
            Worth("nothing", nil, [true, false, false], nameless: [true, false, false]),
            Worth("ids", .machineIDs, [true, false, false], nameless: [true, true, true]),
            Worth(
                "a certificate that ids proved", .certificate(isNamed: false), [true, false, false],
                nameless: [true, true, false]),
            Worth(
                "a certificate that a name proved", .certificate(isNamed: true), [true, true, false],
                nameless: [true, true, false]),
            Worth("the name", .name, [true, true, true], nameless: [true, true, true]),
        ]
    }

    private static let demands: [ProofDemand] = [.nothing, .name, .nameAnew]

    @Test(
        "Agreeing ids are a proof only from a kubelet without a name; certificates only until contradicted",
        arguments: Worth.all)
    func worth(_ worth: Worth) {
        for (place, demand) in Self.demands.enumerated() {
            #expect(findings(worth.proof, nameless: false).suffice(for: demand) == worth.named[place], "\(demand)")
            #expect(findings(worth.proof, nameless: true).suffice(for: demand) == worth.nameless[place], "\(demand)")
        }
    }

    @Test(
        "Asked before the scrape: whoever must show a name, has not, and won't in the scrape's answer",
        arguments: Worth.all)
    func asked(_ worth: Worth) {
        for (place, demand) in Self.demands.enumerated() {
            for isNameless in [false, true] {
                let isEnough = (isNameless ? worth.nameless : worth.named)[place]
                let found = findings(worth.proof, nameless: isNameless)
                #expect(found.mustBeAsked(for: demand, bringing: nil) == !isEnough)
                #expect(found.mustBeAsked(for: demand, bringing: .machineIDs) == (!isEnough && !isNameless))
                #expect(!found.mustBeAsked(for: demand, bringing: .nodeName))
            }
        }
    }

    @Test("Doubt and suspicion are settled by asking, whatever is demanded; a proof ends them")
    func doubt() {
        for demand in Self.demands {
            let doubted = findings(nil, nameless: false)
            doubted.isInDoubt = true
            #expect(doubted.mustBeAsked(for: demand, bringing: nil))
            #expect(doubted.mustBeAsked(for: demand, bringing: .nodeName) == (demand == .nothing))
            let suspected = findings(nil, nameless: false)
            suspected.suspicion = .nodeName("node-x")
            #expect(suspected.mustBeAsked(for: demand, bringing: .nodeName))
            for findings in [doubted, suspected] {
                findings.prove(.name, by: .nodeName)
                #expect(!findings.mustBeAsked(for: demand, bringing: nil))
            }
        }
    }

    @Test(
        "After another connection's end the name is asked for whatever is demanded, unless it comes with the answer or there is none",
        arguments: Worth.all)
    func follower(_ worth: Worth) {
        for demand in Self.demands {
            for isNameless in [false, true] {
                let found = PeerFindings(certificate: nil, isFollower: true)
                found.begin(with: KnownNode(Node(name: "node-a"), firstSeen: 0, policy: IdentityPolicy()))
                if let proof = worth.proof { found.prove(proof, by: .machine) }
                found.isNameless = isNameless
                let isAsked = worth.proof != .name && !isNameless
                #expect(found.mustBeAsked(for: demand, bringing: nil) == (isAsked || !found.suffice(for: demand)))
                #expect(found.mustBeAsked(for: demand, bringing: .machineIDs) == isAsked)
                #expect(!found.mustBeAsked(for: demand, bringing: .nodeName))
                // Asked in vain.
                found.endDoubt()
                #expect(found.mustBeAsked(for: demand, bringing: nil) == !found.suffice(for: demand))
            }
        }
    }

    @Test(
        "A body is searched once, whatever a certificate tells; for nothing more once the name was shown",
        arguments: Worth.all)
    func searched(_ worth: Worth) {
        for (place, demand) in Self.demands.enumerated() {
            let found = findings(worth.proof, nameless: false)
            for brought in [BodyEvidence.nodeName, .machineIDs] {
                #expect(found.isToBeSearched(for: brought, demand) == (worth.proof != .name))
                found.searched.insert(brought)
                #expect(found.isToBeSearched(for: brought, demand) == !worth.named[place])
            }
        }
    }

    @Test("In mode: observe, what would be dropped is neither asked nor searched any more")
    func refused() {
        let findings = findings(nil, nameless: false)
        findings.refusal = .unproven
        for demand in Self.demands {
            #expect(!findings.mustBeAsked(for: demand, bringing: nil))
            #expect(!findings.isToBeSearched(for: .nodeName, demand))
        }
    }
}
