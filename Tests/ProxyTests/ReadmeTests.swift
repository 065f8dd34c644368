import Foundation
import Testing

/// What the README shows is run as it stands there.
@Suite("The README's section on rewriting")
struct ReadmeTests {
    private static let section: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n## ").first { $0.hasPrefix("Rewriting\n") } ?? ""
    }()

    /// The contents of its code blocks in a language.
    private static func blocks(_ language: String) -> [String] {
        section.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    private static let node = """
        {"apiVersion": "v1", "kind": "NodeList", "items": [{
          "metadata": {"name": "node-a", "uid": "uid-a", "labels": {"topology.kubernetes.io/zone": "zone-1"}},
          "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.5"}]}}]}
        """

    private static let body = """
        # TYPE container_tasks_state gauge
        container_tasks_state{id="/a",state="running"} 0
        # TYPE container_threads gauge
        container_threads{id="/a",pod="web"} 3

        """

    private func run(_ command: String) async throws -> (run: RunCommand, newBody: String) {
        let configuration = try #require(Self.blocks("yaml").first)
        let script =
            "PATH=\(RunningProxy.binary.deletingLastPathComponent().path):$PATH\n\(command)\ncat new-body >&2 || :"
        let run = try await RunCommand(
            URL(filePath: "/bin/bash"), ["-e", "-c", script], input: Data(),
            files: ["proxy.yaml": configuration, "nodes.json": Self.node, "body": Self.body, "new-body": ""])
        return (run, run.errors)
    }

    @Test("has commands that do what it says")
    func commands() async throws {
        let commands = Self.blocks("sh").flatMap { $0.split(separator: "\n").map(String.init) }
        try #require(commands.count == 2)
        let rewritten = try await run(commands[0])
        #expect(rewritten.run.status == 0 && rewritten.run.output.isEmpty)
        #expect(
            rewritten.newBody == """
                # TYPE container_threads gauge
                container_threads{pod="web",node="node-a",zone="zone-1"} 3

                """)
        let diff = try await run(commands[1])
        #expect(diff.run.status == 0 && diff.newBody.isEmpty)
        #expect(
            diff.run.text == """
                -# TYPE container_tasks_state gauge
                -container_tasks_state{id="/a",state="running"} 0
                -container_threads{id="/a",pod="web"} 3
                +container_threads{pod="web"} 3

                """)
    }
}
