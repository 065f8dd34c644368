import Addressing
import Discovery
import Identity
import Settings
import Testing

@testable import Proxy

@Suite("Scrapes in flight")
struct InFlightLimitsTests {
    private let limits: LimitSettings

    init() {
        var limits = LimitSettings()
        (limits.scrapesInFlight, limits.scrapesInFlightPerNode) = (3, 2)
        self.limits = limits
    }

    /// The owner of an address, as the table knows it.
    private func owner(_ name: String, at ip: String) throws -> KnownNode {
        let node = Node(
            name: name, addresses: [NodeAddress(.internalIP, ip)], ready: ReadyCondition(.true, lastTransition: 0))
        let policy = IdentityPolicy()
        let table = IdentityTable([node], replacing: IdentityTable(policy: policy), policy: policy, now: 0)
        return try #require(table.node(named: name))
    }

    private func target(_ name: String?, at address: String) throws -> InFlightLimits.Target {
        let address = try #require(SocketAddress(address))
        return .init(try name.map { try owner($0, at: "\(address.ip)") }, at: address)
    }

    @Test("The ports and addresses of a node share its limit (spec 8.6)")
    func perNode() throws {
        let inFlight = InFlightLimits()
        #expect(inFlight.enter(try target("a", at: "10.0.0.5:10250"), limits) == nil)
        #expect(inFlight.enter(try target("a", at: "10.0.0.5:10255"), limits) == nil)
        #expect(inFlight.enter(try target("a", at: "10.0.0.5:10250"), limits) == .perNode)
        #expect(inFlight.enter(try target("a", at: "[2001:db8::5]:10250"), limits) == .perNode)
        #expect(inFlight.enter(try target("b", at: "10.0.0.5:10350"), limits) == nil)
    }

    @Test("An address that nobody owns has a limit of its own, for all its ports")
    func unowned() throws {
        let inFlight = InFlightLimits()
        #expect(inFlight.enter(try target(nil, at: "10.0.0.5:10250"), limits) == nil)
        #expect(inFlight.enter(try target(nil, at: "10.0.0.5:10255"), limits) == nil)
        #expect(inFlight.enter(try target(nil, at: "10.0.0.5:10250"), limits) == .perNode)
        #expect(inFlight.enter(try target(nil, at: "10.0.0.6:10250"), limits) == nil)
    }

    @Test("The limit for all comes first, and a scrape that ends makes room")
    func total() throws {
        let inFlight = InFlightLimits()
        let targets = try ["a", "a", "b", "c"].map { try target($0, at: "10.0.0.5:10250") }
        for target in targets.dropLast() { #expect(inFlight.enter(target, limits) == nil) }
        #expect(inFlight.enter(targets[3], limits) == .total)
        #expect(inFlight.enter(targets[0], limits) == .total)
        inFlight.leave(targets[2])
        #expect(inFlight.enter(targets[0], limits) == .perNode)
        #expect(inFlight.enter(targets[3], limits) == nil)
        for target in [targets[0], targets[1], targets[3]] { inFlight.leave(target) }
        #expect(inFlight.total == 0)
        #expect(inFlight.enter(targets[0], limits) == nil)
        #expect(inFlight.enter(targets[0], limits) == nil)
        #expect(inFlight.enter(targets[0], limits) == .perNode)
    }
}
