import Discovery
import Foundation
import Testing

extension EndToEndTests {
    @Suite struct FleetScenarios {
        private static let loadTest = RunningProxy.binary.deletingLastPathComponent().appending(
            path: "kubelet-load-test")

        @Test("In the grace period both nodes are Ready at one address, and their ages tell them apart")
        func gracePeriod() async throws {
            let directory = URL.temporaryDirectory.appending(path: "fleet-\(UUID())")
            defer { try? FileManager.default.removeItem(at: directory) }
            let fleet = Process()
            fleet.executableURL = Self.loadTest
            fleet.arguments = [
                "fleet", "--targets", "1", "--scenario", "grace-period", "--no-api-server", "--plain",
                "--base-address", "127.78.0.1", "--port", "11250", "--body-bytes", "1000", "--out", directory.path,
            ]
            fleet.standardOutput = FileHandle.nullDevice
            try fleet.run()
            defer {
                fleet.terminate()
                fleet.waitUntilExit()
            }
            let file = directory.appending(path: "nodes.json").path
            for _ in 0..<200 where !FileManager.default.fileExists(atPath: file) {
                try await Task.sleep(for: .milliseconds(25))
            }
            let nodes = try NodeFile(path: file).nodes.sorted { $0.name < $1.name }
            #expect(nodes.map(\.name) == ["node-a", "node-b"])
            #expect(nodes.allSatisfy { $0.ready.status == .true && $0.addresses.first?.value == "127.78.0.1" })
            let (old, new) = (try #require(nodes[0].createdAt), try #require(nodes[1].createdAt))
            #expect(old < new)
        }
    }
}
