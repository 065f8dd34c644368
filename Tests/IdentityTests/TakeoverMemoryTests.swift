import Addressing
import Discovery
import Testing

@testable import Identity

/// Scrapes of node-b's kubelet, under its own name and under stale ones, in the order in which they arrive.
@Suite struct TakeoverMemoryTests {
    /// One scrape, and what becomes of it.
    struct Scrape: Sendable {
        /// Seconds.
        let at: UInt64
        /// Nil: node-b, the owner.
        let stale: String?
        /// Of a stale one.
        let isRewritten: Bool
        let isStored: Bool
        let path: String
        let downstream: String
        let address: String
        let owner: String

        static func own(
            _ at: UInt64, fails: Bool = false, path: String = "/metrics", from downstream: String = "10.1.1.1",
            owner: String = "uid-b"
        ) -> Scrape {
            Scrape(
                at: at, stale: nil, isRewritten: false, isStored: !fails, path: path, downstream: downstream,
                address: "10.0.0.5", owner: owner)
        }

        static func rewritten(
            _ at: UInt64, _ name: String = "a", fails: Bool = false, path: String = "/metrics",
            from downstream: String = "10.1.1.1", to address: String = "10.0.0.5", owner: String = "uid-b"
        ) -> Scrape {
            Scrape(
                at: at, stale: name, isRewritten: true, isStored: !fails, path: path, downstream: downstream,
                address: address, owner: owner)
        }

        static func dropped(
            _ at: UInt64, _ name: String = "a", path: String = "/metrics", from downstream: String = "10.1.1.1",
            to address: String = "10.0.0.5", owner: String = "uid-b"
        ) -> Scrape {
            Scrape(
                at: at, stale: name, isRewritten: false, isStored: false, path: path, downstream: downstream,
                address: address, owner: owner)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let window: UInt64?
        let scrapes: [Scrape]

        init(_ sentence: String, window: UInt64? = nil, _ scrapes: Scrape...) {
            self.init(sentence, window: window, scrapes)
        }

        init(_ sentence: String, window: UInt64? = nil, _ scrapes: [Scrape]) {
            testDescription = sentence
            self.window = window
            self.scrapes = scrapes
        }
    }

    @Test(
        "One stream of samples per owner, port and path (spec 5.1)",
        arguments: [
            Case("a stale name alone is rewritten, each time", .rewritten(0), .rewritten(15), .rewritten(900)),
            Case("the owner's own name stops it at once", .rewritten(0), .own(7), .dropped(15), .own(22), .dropped(30)),
            Case("with the owner scraped first nothing is rewritten", .own(0), .dropped(3), .own(30), .dropped(33)),
            Case(
                "an owner silent for a minute is taken over again, if more is not known", .own(0), .dropped(59),
                .rewritten(60), .rewritten(75)),
            Case(
                "an owner scraped each two minutes is waited for six", .own(0), .own(120), .dropped(479),
                .rewritten(480)),
            Case(
                "the interval of the stale name tells the owner's", .rewritten(0), .rewritten(120), .own(130),
                .dropped(240), .dropped(360), .rewritten(490)),
            Case(
                "and so does one whose scrapes are refused", .rewritten(0), .own(10), .dropped(50), .dropped(90),
                .dropped(129), .rewritten(160)),
            Case(
                "a scrape by hand makes no interval small", .own(0), .own(120), .own(240), .own(245), .dropped(590),
                .rewritten(605)),
            Case(
                "a pause is no interval", .own(0), .own(15), .own(30), .own(270), .dropped(329), .rewritten(330)),
            Case(
                "an interval that changes is learnt", .own(0), .own(15), .own(135), .own(255),
                .dropped(600), .rewritten(615)),
            Case(
                "more than five minutes are always a pause", .own(0), .own(301), .dropped(360), .rewritten(361)),
            Case("takeover_window is what it says", window: 3, .own(0), .own(120), .dropped(122), .rewritten(123)),
            Case(
                "of two stale names the first holds the stream", .rewritten(0, "a"), .dropped(5, "c"),
                .rewritten(15, "a"), .dropped(20, "c"), .dropped(74, "c")),
            Case(
                "until it was silent for the window", .rewritten(0, "a"), .dropped(5, "c"), .dropped(59, "c"),
                .rewritten(60, "c"), .dropped(61, "a"), .rewritten(75, "c")),
            Case(
                "after the owner too", .rewritten(0, "a"), .own(1), .own(16), .rewritten(76, "c"), .dropped(77, "a")),
            Case("a name is the same in any case", .rewritten(0, "Node-A"), .rewritten(10, "node-a")),
            Case(
                "the same name at the owner's second address is a second stream", .rewritten(0, to: "10.0.0.5"),
                .dropped(1, to: "fd00::5"), .rewritten(10, to: "10.0.0.5")),
            Case(
                "each path is a stream", .own(0, path: "/metrics"), .rewritten(1, path: "/metrics/cadvisor"),
                .dropped(2, path: "/metrics"), .rewritten(11, path: "/metrics/cadvisor")),
            Case(
                "each of an HA pair has its stream", .own(0, from: "10.1.1.1"), .rewritten(1, from: "10.1.1.2"),
                .dropped(2, from: "10.1.1.1"), .own(3, from: "10.1.1.2"), .dropped(11, from: "10.1.1.2")),
            Case(
                "another owner is another stream", .rewritten(0), .own(1), .dropped(2),
                .rewritten(3, owner: "uid-c"), .own(4, owner: "uid-c"), .dropped(5, owner: "uid-c")),
            Case(
                "an owner whose scrape fails stops nobody", .rewritten(0), .own(7, fails: true), .rewritten(15),
                .own(22), .dropped(30)),
            Case(
                "an owner whose scrapes fail for a window is taken over", .own(0), .own(15, fails: true), .dropped(17),
                .own(30, fails: true), .own(45, fails: true), .own(60, fails: true), .rewritten(62)),
            Case(
                "a stale name whose scrapes fail holds nothing", .rewritten(0, "a", fails: true), .rewritten(1, "c"),
                .dropped(15, "a"), .rewritten(16, "c")),
        ])
    func stream(row: Case) throws {
        var memory = TakeoverMemory(window: row.window.map { $0 * 1000 })
        for scrape in row.scrapes {
            let (name, stream, downstream) = try parts(of: scrape)
            let now = 1_000_000 + scrape.at * 1000
            if name != .owner {
                let answer = memory.ask(stream, as: name, for: downstream, at: now)
                #expect((answer == .rewrite) == scrape.isRewritten, "at \(scrape.at): \(answer)")
                guard answer == .rewrite else { continue }
            }
            let turn = memory.begin(stream, as: name, for: downstream, at: now)
            memory.end(turn, isStored: scrape.isStored)
        }
    }

    private func parts(
        of scrape: Scrape
    ) throws -> (TakeoverMemory.Name, TakeoverMemory.Stream, TakeoverMemory.Downstream) {
        let ip = try #require(IPAddress(scrape.address))
        let name = scrape.stale.map { TakeoverMemory.Name(stale: NodeClaim(node: $0), at: ip) } ?? .owner
        let owner = KnownNode(
            Node("node-b", at: scrape.address, uid: scrape.owner), firstSeen: 0, policy: IdentityPolicy())
        let downstream = try #require(IPAddress(scrape.downstream))
        return (name, .init(of: owner, port: 10250, path: scrape.path), .address(downstream))
    }

    // MARK: Scrapes on their way

    private let a = TakeoverMemory.Name(stale: NodeClaim(node: "a"), at: IPAddress(high: 0, low: 5))
    private let c = TakeoverMemory.Name(stale: NodeClaim(node: "c"), at: IPAddress(high: 0, low: 5))
    private let prometheus = TakeoverMemory.Downstream.user("prometheus")

    private func stream(_ number: Int = 0, path: String = "/metrics") -> TakeoverMemory.Stream {
        let node = Node("node-\(number)", at: "10.0.0.5")
        return .init(of: KnownNode(node, firstSeen: 0, policy: IdentityPolicy()), port: 10250, path: path)
    }

    @Test("While the owner's scrape is on its way nothing is rewritten; if it fails, the stale stream goes on")
    func ownInFlight() {
        var memory = TakeoverMemory()
        let turn = memory.begin(stream(), as: .owner, for: prometheus, at: 0)
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 900_000) == .refuse(.ownNameIsScraped))
        memory.end(turn, isStored: false)
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 900_001) == .rewrite)
    }

    @Test("While a stale name's scrape is on its way no other is rewritten; the reason names it")
    func staleInFlight() {
        var memory = TakeoverMemory()
        let turn = memory.begin(stream(), as: a, for: prometheus, at: 0)
        let held = TakeoverMemory.Answer.refuse(.streamIsHeld(by: NodeClaim(node: "a")))
        #expect(memory.ask(stream(), as: c, for: prometheus, at: 900_000) == held)
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 900_000) == .rewrite)
        memory.end(turn, isStored: false)
        #expect(memory.ask(stream(), as: c, for: prometheus, at: 900_001) == .rewrite)
    }

    @Test("A scrape that ends after its name lost the stream takes nothing back")
    func lateEnd() {
        var memory = TakeoverMemory()
        let late = memory.begin(stream(), as: a, for: prometheus, at: 0)
        memory.end(late, isStored: false)
        memory.end(memory.begin(stream(), as: c, for: prometheus, at: 1_000), isStored: true)
        memory.end(late, isStored: true)
        #expect(memory.ask(stream(), as: c, for: prometheus, at: 2_000) == .rewrite)
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 2_000) != .rewrite)
    }

    @Test("What was asked and not begun leaves no trace")
    func asked() {
        var memory = TakeoverMemory()
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 0) == .rewrite)
        #expect(memory.ask(stream(), as: c, for: prometheus, at: 0) == .rewrite)
        #expect(memory.streamCount == 0)
    }

    @Test("The downstream is who is authenticated, else where it comes from; all who come by a Unix socket are one")
    func downstreams() {
        let ip = IPAddress(high: 0, low: 9)
        #expect(TakeoverMemory.Downstream(user: "prometheus-0", peer: ip) == .user("prometheus-0"))
        #expect(TakeoverMemory.Downstream(peer: ip) == .address(ip))
        #expect(TakeoverMemory.Downstream(peer: nil) == .local)
    }

    // MARK: Memory

    @Test("A flood of clients makes it forget those that were silent for the longest, not the one that keeps scraping")
    func floodOfClients() {
        var limits = TakeoverMemory.Limits()
        limits.downstreams = 4
        var memory = TakeoverMemory(limits: limits)
        for client in 0..<1_000 {
            let now = UInt64(client) * 10
            memory.end(memory.begin(stream(), as: .owner, for: prometheus, at: now), isStored: true)
            let flood = TakeoverMemory.Downstream.address(IPAddress(high: 1, low: UInt64(client)))
            memory.end(memory.begin(stream(), as: .owner, for: flood, at: now), isStored: true)
        }
        #expect(memory.downstreamCount == 4)
        #expect(memory.streamCount == 4)
        #expect(memory.ask(stream(), as: a, for: prometheus, at: 10_000) == .refuse(.ownNameIsScraped))
    }

    @Test("A flood of streams stays within the limit")
    func floodOfStreams() {
        var limits = TakeoverMemory.Limits()
        limits.streams = 100
        var memory = TakeoverMemory(limits: limits)
        for number in 0..<1_000 {
            let now = UInt64(number)
            memory.end(memory.begin(stream(number), as: .owner, for: prometheus, at: now), isStored: true)
            #expect(memory.streamCount <= 100)
        }
        #expect(memory.ask(stream(999), as: a, for: prometheus, at: 1_000) == .refuse(.ownNameIsScraped))
    }

    @Test("What was silent for a quarter of an hour is forgotten; what is on its way is not")
    func ageing() {
        var memory = TakeoverMemory()
        for number in 0..<50 {
            memory.end(memory.begin(stream(number), as: .owner, for: prometheus, at: 0), isStored: true)
        }
        let slow = memory.begin(stream(50), as: .owner, for: .user("slow"), at: 0)
        #expect(memory.streamCount == 51)
        memory.end(memory.begin(stream(60), as: .owner, for: prometheus, at: 910_000), isStored: true)
        #expect(memory.streamCount == 2)
        #expect(memory.downstreamCount == 2)
        memory.end(slow, isStored: true)
    }

    @Test("The phrase says what stands in the way")
    func phrases() throws {
        let table = IdentityTable([
            Node("node-a", at: "10.0.0.5", ready: .unknown), Node("node-b", at: "10.0.0.5", readySince: noon - 1613),
        ])
        let verdict = try table.verdict("node-a", at: "10.0.0.5:10250")
        #expect(
            verdict.explanation(of: .ownNameIsScraped, at: noon)
                == "Owner already scraped: 10.0.0.5:10250 is node-b since 12:03:07Z, scraped under its own name, "
                + "scrape claims node-a")
        #expect(
            verdict.explanation(of: .streamIsHeld(by: NodeClaim(node: "node-c")), at: noon)
                == "Owner already scraped: 10.0.0.5:10250 is node-b since 12:03:07Z, rewritten already from node-c, "
                + "scrape claims node-a")
        let uid = try table.verdict("node-b", uid: "uid-x", at: "10.0.0.5:10250")
        #expect(uid.explanation(of: .ownNameIsScraped, at: noon).hasSuffix("scrape claims node-b with UID uid-x"))
    }

    @Test("A scrape that claims another than the owner is told from one that does not")
    func claimsAnother() throws {
        let table = IdentityTable([
            Node("node-a", at: "10.0.0.5", ready: .unknown), Node("node-b", at: "10.0.0.5"),
        ])
        let at = "10.0.0.5:10250"
        #expect(try table.verdict("node-a", at: at).claimsAnother)
        #expect(try table.verdict("ghost", at: at).claimsAnother)
        #expect(try table.verdict("node-b", uid: "uid-x", at: at).claimsAnother)
        #expect(try !table.verdict("node-b", at: at).claimsAnother)
        #expect(try !table.verdict("NODE-B", uid: "uid-node-b", at: at).claimsAnother)
        #expect(try !table.verdict(at: at).claimsAnother)
    }
}
