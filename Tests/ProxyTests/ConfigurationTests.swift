import Foundation
import Testing

extension EndToEndTests {
    /// What an operator sees of a wrong configuration.
    @Suite struct Configurations {
        private static let wrong = """
            mode: enforced
            listeners: [{address: "127.0.0.1:0"}]
            limits:
              connections: 0
              scrapes: 5
            on_stale: rewrite

            """

        private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
            let file = URL.temporaryDirectory.appending(path: "config-\(UUID()).yaml")
            try Data(text.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            try await body(file.path)
        }

        @Test(
            "Every error is told with its line, by check-config and serve alike", arguments: ["check-config", "serve"])
        func errors(command: String) async throws {
            try await withFile(Self.wrong) { (file) async throws in
                let arguments = command == "serve" ? ["serve", "--config", file] : ["check-config", file]
                let (status, output, errors) = try await RunningProxy.run(arguments)
                #expect(status == 1)
                #expect(output.isEmpty)
                let places = errors.split(separator: "\n").map {
                    $0.split(separator: " ").prefix(2).joined(separator: " ")
                }
                #expect(
                    places == [
                        "\(file):1: mode:", "\(file):4: limits.connections:", "\(file):5: limits.scrapes:",
                        "\(file):6: on_stale:",
                    ], "\(errors)")
            }
        }

        @Test("A valid one is called so; wrong usage exits 2")
        func usage() async throws {
            try await withFile("mode: observe\n") { (file) async throws in
                let (status, output, errors) = try await RunningProxy.run(["check-config", file])
                #expect(status == 0 && output == "\(file): valid\n" && errors.isEmpty)
            }
            for arguments in [["check-config"], ["serve", "--nonsense"], ["nonsense"]] {
                let (status, output, errors) = try await RunningProxy.run(arguments)
                #expect(status == 2 && output.isEmpty && errors.contains("Usage:"))
            }
        }

        @Test("It may come through a pipe, as a shell's process substitution gives it")
        func pipe() async throws {
            let command = "exec '\(RunningProxy.binary.path)' check-config <(cat config.yaml)"
            let checked = try await RunCommand(
                URL(filePath: "/bin/bash"), ["-c", command], input: Data(),
                files: ["config.yaml": "mode: observe\nlimits: {nonsense: 1}\n"])
            #expect(checked.status == 1)
            #expect(checked.errors.contains(":2: limits.nonsense:"), "\(checked.errors)")
        }

        @Test("An address that is taken is an error of serve, with exit status 1")
        func addressTaken() async throws {
            try await withProxy { (proxy, _, _) async throws in
                let taken = proxy.url.dropFirst("http://".count)
                let nodes = URL.temporaryDirectory.appending(path: "nodes-\(UUID()).yaml")
                try Data().write(to: nodes)
                defer { try? FileManager.default.removeItem(at: nodes) }
                let (status, _, errors) = try await RunningProxy.run([
                    "serve", "--listen", String(taken), "--admin-listen", "127.0.0.1:0", "--nodes-file", nodes.path,
                ])
                #expect(status == 1 && errors.contains("can't listen on \(taken)"), "\(errors)")
            }
        }
    }
}
