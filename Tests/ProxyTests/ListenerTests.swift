import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Where it listens (config.yaml: `listeners`, `admin.address`).
    @Suite struct Listeners {
        private func scrape(
            _ kubelet: FakeKubelet, _ arguments: [String], _ host: String = "http://localhost/"
        ) async throws -> Answer {
            // curl's own proxy options don't go together with a Unix socket.
            try await Answer.fetch(
                arguments + ["--request-target", "http://\(kubelet.address)/metrics?node=node-b", host])
        }

        private func path(_ name: String) -> String {
            URL.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString.prefix(8)).sock").path
        }

        @Test("Several addresses: IPv4, IPv6, every interface of both families, and a Unix socket")
        func several() async throws {
            let socket = path("scrapes")
            let places = RunningProxy.Places(listeners: ["127.0.0.1:0", "[::1]:0", ":0", "unix:\(socket)"])
            try await withProxy(places: places) { (proxy, _, kubelet) async throws in
                let addresses = proxy.listenAddresses
                #expect(addresses.count == 4 && addresses[1].hasPrefix("[::1]:"))
                let port = try #require(addresses[2].split(separator: ":").last)
                for url in [proxy.url, "http://\(addresses[1])", "http://127.0.0.1:\(port)", "http://[::1]:\(port)"] {
                    #expect(try await scrape(kubelet, [], url).status == 200, "\(url)")
                }
                let answer = try await scrape(kubelet, ["--unix-socket", socket])
                #expect(answer.status == 200)
                #expect([UInt8](answer.body) == kubelet.body("/metrics")?.plain.joined)
                let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            #expect(!FileManager.default.fileExists(atPath: socket))
        }

        @Test("The admin pages on a Unix socket")
        func admin() async throws {
            let socket = path("admin")
            try await withProxy(places: RunningProxy.Places(admin: "unix:\(socket)")) { (_, _, _) async throws in
                let answer = try await Answer.fetch(["--unix-socket", socket, "http://localhost/-/ready"])
                #expect(answer.status == 200)
            }
            #expect(!FileManager.default.fileExists(atPath: socket))
        }

        @Test("The socket of a process that was killed is taken over; that of one that lives, or another file, is not")
        func leftOver() async throws {
            let socket = path("left-over")
            let places = RunningProxy.Places(listeners: ["127.0.0.1:0", "unix:\(socket)"])
            defer { try? FileManager.default.removeItem(atPath: socket) }
            let nodes = ["nodes.json": #"{"kind": "NodeList", "items": []}"#]
            let first = try await RunningProxy.start("nodes: {file: nodes.json}", files: nodes, places: places)
            let configuration = RunningProxy.listeners("", places) + "nodes: {file: /dev/null}\n"
            let file = URL.temporaryDirectory.appending(path: "second-\(UUID()).yaml")
            try Data(configuration.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let second = try await RunningProxy.run(["serve", "--config", file.path])
            #expect(second.status == 1)
            #expect(second.errors.contains("can't listen on unix:\(socket): bind: Address already in use"))
            first.kill()
            #expect(FileManager.default.fileExists(atPath: socket))
            let third = try await RunningProxy.start("nodes: {file: nodes.json}", files: nodes, places: places)
            #expect(try await Answer.fetch(["--unix-socket", socket, "http://localhost/"]).status == 404)
            #expect(await third.stop() == 0)
            #expect(!FileManager.default.fileExists(atPath: socket))
            try Data("precious".utf8).write(to: URL(filePath: socket))
            #expect(try await RunningProxy.run(["serve", "--config", file.path]).status == 1)
            #expect(try String(contentsOfFile: socket, encoding: .utf8) == "precious")
        }
    }
}
