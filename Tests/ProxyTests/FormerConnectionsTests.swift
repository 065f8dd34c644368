import Addressing
import Discovery
import Testing

@testable import Identity
@testable import Proxy

/// What is remembered of an address beyond the life of a connection. No I/O.
@Suite("Addresses whose connections have ended")
struct FormerConnectionsTests {
    private let former = FormerConnections(maximumCount: 3)

    private func address(_ number: Int) throws -> SocketAddress {
        SocketAddress(try #require(IPAddress("10.0.0.\(number)")), port: 10250)
    }

    private func node(_ name: String, machineID: String = "") -> KnownNode {
        let node = Node(name: name, nodeInfo: NodeInfo(machineID: machineID))
        return KnownNode(node, firstSeen: 0, policy: IdentityPolicy())
    }

    @Test("A connection follows one that has ended, a second after the last answer from there")
    func followed() throws {
        let place = try address(1)
        #expect(!former.isFollowed(at: place, now: 10_000))
        former.connectionEnded(at: place, lastAnswer: 9_000, wasSpared: false)
        #expect(!former.isFollowed(at: place, now: 9_999))
        #expect(former.isFollowed(at: place, now: 10_000))
        #expect(try !former.isFollowed(at: address(2), now: 10_000))
        #expect(!former.isFollowed(at: SocketAddress(place.ip, port: 10255), now: 10_000))
        // An older connection, or one without an answer, makes the last answer no older.
        former.connectionEnded(at: place, lastAnswer: 9_500, wasSpared: false)
        former.connectionEnded(at: place, lastAnswer: 8_000, wasSpared: false)
        former.connectionEnded(at: place, lastAnswer: nil, wasSpared: false)
        #expect(!former.isFollowed(at: place, now: 10_499))
        #expect(former.isFollowed(at: place, now: 10_500))
        former.connectionEnded(at: try address(2), lastAnswer: nil, wasSpared: false)
        #expect(try former.isFollowed(at: address(2), now: 10_000))
    }

    @Test("Who was asked in vain is silent, until a name is told, or another machine is the owner")
    func silent() throws {
        let place = try address(1)
        #expect(!former.isSilent(at: place, of: node("a")))
        former.askedInVain(at: place, of: node("a", machineID: "1"))
        #expect(former.isSilent(at: place, of: node("a", machineID: "1")))
        #expect(!former.isSilent(at: place, of: node("a", machineID: "2")))
        #expect(!former.isSilent(at: place, of: node("b")))
        // The end of one more connection changes nothing of that.
        former.connectionEnded(at: place, lastAnswer: 1, wasSpared: false)
        #expect(former.isSilent(at: place, of: node("a", machineID: "1")))
        former.toldName(at: place)
        #expect(!former.isSilent(at: place, of: node("a", machineID: "1")))
        #expect(former.isFollowed(at: place, now: 5_000))
    }

    @Test("Who has no answer for scrapes either was not silent, but at its end")
    func end() throws {
        let (place, owner) = (try address(1), node("a"))
        former.askedInVain(at: place, of: owner)
        // The connection of the question, and one with an answer.
        former.connectionEnded(at: place, lastAnswer: nil, wasSpared: false)
        former.connectionEnded(at: place, lastAnswer: 1, wasSpared: true)
        #expect(former.isSilent(at: place, of: owner))
        former.connectionEnded(at: place, lastAnswer: nil, wasSpared: true)
        #expect(!former.isSilent(at: place, of: owner))
    }

    @Test("Full, it starts afresh")
    func full() throws {
        for number in 1...3 { former.connectionEnded(at: try address(number), lastAnswer: 1, wasSpared: false) }
        former.connectionEnded(at: try address(1), lastAnswer: 1, wasSpared: false)
        #expect(try former.isFollowed(at: address(3), now: 5_000))
        former.connectionEnded(at: try address(4), lastAnswer: 1, wasSpared: false)
        #expect(try former.isFollowed(at: address(4), now: 5_000))
        #expect(try !former.isFollowed(at: address(3), now: 5_000))
    }
}
