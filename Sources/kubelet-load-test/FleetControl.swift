import Addressing
import FakeCluster

/// The control port's commands: `POST /COMMAND/ARGUMENT...`, and `GET /` for the table of nodes.
struct FleetControl: Sendable {
    static let usage = """
        unknown/NODE, not-ready/NODE, ready/NODE, add/NODE/ADDRESS, delete/NODE, stop/NODE (its kubelet), \
        step (the scenario's next step)
        """
    private let fleet: Fleet

    static func start(on fleet: Fleet, at address: SocketAddress) async throws -> SocketAddress {
        let control = FleetControl(fleet: fleet)
        return try await fleet.controlPort(at: address) { await control.answer($0) }
    }

    private func answer(_ request: ReceivedRequest) async -> ControlPort.Answer {
        let words = request.path.split(separator: "/").map(String.init)
        if request.method == "GET", words.isEmpty {
            return ControlPort.Answer(200, await fleet.table.joined(separator: "\n"))
        }
        guard request.method == "POST" else { return ControlPort.Answer(405, "POST a command: \(Self.usage)") }
        do {
            let outcome = try await carryOut(words)
            try await fleet.writeNodes()
            return ControlPort.Answer(200, outcome)
        } catch Fleet.Failure.unknownNode(let name) {
            return ControlPort.Answer(404, "there is no node \(name), or its kubelet is down")
        } catch Fleet.Failure.nothingLeft {
            return ControlPort.Answer(410, "the scenario has no further step")
        } catch Fleet.Failure.addressTaken(let address) {
            return ControlPort.Answer(400, "a kubelet is already at \(address): stop it first")
        } catch Fleet.Failure.malformed(let text) {
            return ControlPort.Answer(400, "\(text) is no command: \(Self.usage)")
        } catch {
            return ControlPort.Answer(500, "\(error)")
        }
    }

    private func carryOut(_ words: [String]) async throws -> String {
        switch (words.first, words.count) {
        case ("step", 1): return try await fleet.step()
        case ("unknown", 2): try await fleet.mark(words[1], .unknown)
        case ("not-ready", 2): try await fleet.mark(words[1], .false)
        case ("ready", 2): try await fleet.mark(words[1], .true)
        case ("delete", 2): try await fleet.delete(words[1])
        case ("stop", 2): try await fleet.stopKubelet(of: words[1])
        case ("add", 3):
            guard let address = IPAddress(words[2]), address.isLoopback else { throw Fleet.Failure.malformed(words[2]) }
            try await fleet.add(words[1], at: address)
        default: throw Fleet.Failure.malformed(words.joined(separator: "/"))
        }
        return words.joined(separator: " ")
    }
}
