import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// The built command with a kubeconfig for the fake cluster.
    @Suite("forward") struct ForwardCommand {
        /// node-b at its address, which dead node-a still claims.
        private func withCluster(
            _ body: (FakeCluster, FakeKubelet, _ files: [String: String]) async throws -> Void
        ) async throws {
            let cluster = try await FakeCluster.start()
            let kubelet = try await cluster.kubelet(
                "node-b", at: SocketAddress(try #require(IPAddress("127.77.0.5")), port: 0))
            var node = kubelet.node
            cluster.apiServer.put(node)
            (node.name, node.uid) = ("node-a", "uid-of-node-a")
            node.mark(.unknown)
            cluster.apiServer.put(node)
            let files = [
                "kubeconfig": cluster.apiServer.kubeconfig(token: FakeCluster.debugToken),
                "ca.crt": cluster.authority.certificatePEM,
                "rules.yaml": """
                stamp: {node: __meta_kubernetes_node_name}
                metric_relabel_configs: [{source_labels: [__name__], regex: "kubelet_.*", action: keep}]
                """,
                "nodes.json": String(decoding: NodesFile.json([kubelet.node]), as: UTF8.self),
            ]
            let failure: (any Error)?
            do {
                try await body(cluster, kubelet, files)
                failure = nil
            } catch { failure = error }
            await cluster.stop()
            if let failure { throw failure }
        }

        private func forward(_ arguments: [String], _ files: [String: String]) async throws -> RunCommand {
            try await RunCommand(["forward"] + arguments, input: Data(), files: files)
        }

        private func serving(
            _ arguments: [String], _ files: [String: String], _ body: (RunningForward) async throws -> Void
        ) async throws {
            let command = try await RunningForward.start(arguments, files: files)
            let failure: (any Error)?
            do {
                try await body(command)
                failure = nil
            } catch { failure = error }
            #expect(await command.interrupt() == 0)
            if let failure { throw failure }
        }

        // MARK: One scrape

        @Test(
            "With a URL the body is printed, and one line on standard error tells of it",
            arguments: [
                "http://node-b:PORT/metrics/cadvisor", "http://ADDRESS/metrics/cadvisor?node=node-b",
                "/nodes/node-b/metrics/cadvisor",
            ])
        func oneScrape(url: String) async throws {
            try await withCluster { (cluster, kubelet, files) async throws in
                let url = url.replacing("PORT", with: "\(kubelet.address.port)").replacing(
                    "ADDRESS", with: "\(kubelet.address)")
                let run = try await forward(["--kubeconfig", "kubeconfig", url], files)
                #expect(run.status == 0, "\(run.errors)")
                #expect([UInt8](run.output) == kubelet.body("/metrics/cadvisor")?.plain.joined)
                let lines = run.errors.split(separator: "\n")
                #expect(lines.count == 1 && lines[0].contains(" forward owner "), "\(run.errors)")
                #expect(lines[0].contains(" node-b \(kubelet.address) /metrics/cadvisor 200 "))
                #expect(!run.errors.contains("\u{1b}"))
                #expect(await kubelet.acceptedConnections == 0)
                #expect(cluster.apiServer.requests.contains { $0.target.hasSuffix("/proxy/metrics/cadvisor") })
            }
        }

        @Test(
            "One that fails prints nothing but its reason and exits 1",
            arguments: [
                ("http://ADDRESS/metrics?node=node-a", " drop    stale_identity node-a "),
                ("http://ghost:10250/metrics", " drop    unknown_node   ghost "),
                ("/nodes/node-b/exec", " drop    path_not_allowed node-b /exec 403 "), ("/healthz", "404 Not found"),
                ("http://ADDRESS/metrics", "set __param_node"),
            ])
        func failure(url: String, words: String) async throws {
            try await withCluster { (_, kubelet, files) async throws in
                let url = url.replacing("ADDRESS", with: "\(kubelet.address)")
                let run = try await forward(["--kubeconfig", "kubeconfig", url], files)
                #expect(run.status == 1 && run.output.isEmpty)
                #expect(run.errors.contains(words) && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
            }
        }

        @Test("An answer that is cut, or none, is an error; so is a kubelet's own")
        func broken() async throws {
            try await withCluster { (_, kubelet, files) async throws in
                for (fault, words) in [
                    (.breaksOff(after: 3_000), "inside the body"), (.answers(status: 500), " 500 "),
                    (.closesUnanswered, "Kubelet unreachable from the API server"),
                ] as [(KubeletBehaviour.Fault, String)] {
                    kubelet.answerNext(.failing(fault))
                    let run = try await forward(
                        ["--kubeconfig", "kubeconfig", "/nodes/node-b/metrics/cadvisor"], files)
                    #expect(run.status == 1 && run.errors.contains(words), "\(run.errors)")
                }
            }
        }

        @Test("--config brings rules, and --diff shows what they change, instead of the body")
        func diff() async throws {
            try await withCluster { (_, kubelet, files) async throws in
                let arguments = ["--kubeconfig", "kubeconfig", "--config", "rules.yaml", "/nodes/node-b/metrics"]
                let rewritten = try await forward(arguments, files)
                #expect(rewritten.status == 0, "\(rewritten.errors)")
                let samples = rewritten.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                #expect(samples.count > 3)
                #expect(samples.allSatisfy { $0.hasPrefix("kubelet_") && $0.contains("node=\"node-b\"") })

                let diff = try await forward(["--diff"] + arguments, files)
                let lines = diff.text.split(separator: "\n")
                #expect(diff.status == 0 && lines.allSatisfy { $0.hasPrefix("-") || $0.hasPrefix("+") })
                let added = lines.filter { $0.hasPrefix("+") && !$0.hasPrefix("+#") }
                #expect(added.map { $0.dropFirst() } == samples)
                // The same as the command `rewrite` shows, for the body that the kubelet gave.
                let body = Data(kubelet.body("/metrics")?.plain.joined ?? [])
                let expected = try await RunCommand(
                    [
                        "rewrite", "--config", "rules.yaml", "--nodes-file", "nodes.json", "--node", "node-b", "--diff",
                    ], input: body, files: files)
                #expect(diff.text == expected.text)

                let none = try await forward(["--kubeconfig", "kubeconfig", "--diff", "/nodes/node-b/metrics"], files)
                #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("forward owner"))
            }
        }

        @Test("Without a cluster, nodes come from a file and kubelets are dialled")
        func nodesFile() async throws {
            try await withCluster { (cluster, kubelet, files) async throws in
                let arguments = ["--nodes-file", "nodes.json", "--allow-loopback-nodes"]
                let trusted = try await forward(arguments + ["--ca-file", "ca.crt", "/nodes/node-b/metrics"], files)
                #expect(trusted.status == 0 && trusted.errors.contains("ms evidence=certificate"), "\(trusted.errors)")
                #expect([UInt8](trusted.output) == kubelet.body("/metrics")?.plain.joined)
                let any = try await forward(arguments + ["--insecure-skip-tls-verify", "/nodes/node-b/metrics"], files)
                #expect(any.status == 0 && any.output == trusted.output)
                let strange = try await forward(arguments + ["/nodes/node-b/metrics"], files)
                #expect(strange.status == 1 && strange.errors.contains("kubelet_unreachable"))
                let direct = try await forward(
                    [
                        "--kubeconfig", "kubeconfig", "--via", "direct", "--ca-file", "ca.crt",
                        "--allow-loopback-nodes",
                        "/nodes/node-b/metrics",
                    ], files)
                #expect(direct.status == 0 && direct.output == trusted.output)
                #expect(!cluster.apiServer.requests.contains { $0.target.contains("/proxy/") })
            }
        }

        // MARK: What is wrong before anything is forwarded

        @Test("Wrong usage exits 2")
        func usage() async throws {
            for arguments in [
                ["--nonsense"], ["--via", "somewhere"], ["--nodes-file", "n", "--via", "api_server"],
                ["--nodes-file", "n", "--context", "c"], ["--via", "api_server", "--ca-file", "c"],
                ["--ca-file", "c", "--insecure-skip-tls-verify"], ["--listen", "nonsense"],
                ["--listen", "0.0.0.0:9480"], ["--listen", ":9480"], ["node-b"], ["ftp://node-b/metrics"],
                ["http://node-b/met rics"], ["http://a/metrics", "http://b/metrics"],
                ["--listen", "127.0.0.1:0", "http://node-b:10250/metrics"],
            ] {
                let run = try await forward(arguments, [:])
                #expect(run.status == 2 && run.output.isEmpty && run.errors.contains("Usage:"), "\(arguments)")
            }
        }

        @Test("What keeps it from the cluster is told with context, user and remedy")
        func troubles() async throws {
            try await withCluster { (cluster, _, files) async throws in
                let server = "https://\(cluster.apiServer.address)"
                func told(_ arguments: [String], _ files: [String: String]) async throws -> String {
                    let run = try await forward(arguments + ["/nodes/node-b/metrics"], files)
                    #expect(run.status == 1 && run.output.isEmpty)
                    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
                    return run.errors
                }
                let kubeconfig = ["--kubeconfig", "kubeconfig"]
                var changed = files
                changed["kubeconfig"] = cluster.apiServer.kubeconfig(token: "expired")
                let expired = try await told(kubeconfig, changed)
                #expect(
                    expired
                        == "context fake, user fake (kubeconfig): \(server) refuses the credentials (401 Unauthorized): "
                        + "they have expired or are not this cluster's; log in again, or renew the user's token\n")
                changed["kubeconfig"] = cluster.apiServer.kubeconfig(token: FakeCluster.scraperToken)
                let forbidden = try await told(kubeconfig, changed)
                #expect(
                    forbidden.hasPrefix(
                        "context fake, user fake (kubeconfig): \(server) forbids it (403): nodes is forbidden: "))
                #expect(forbidden.hasSuffix(": grant the user get, list and watch of nodes\n"))
                #expect(try await told(kubeconfig + ["--context", "other"], files).contains("has no context other"))
                #expect(try await told(["--kubeconfig", "missing"], files).contains("missing: No such file"))
                await cluster.apiServer.goAway()
                let away = try await told(kubeconfig, files)
                #expect(
                    away.hasPrefix("context fake, user fake (kubeconfig): the API server can't be reached: \(server): ")
                )
                #expect(try await told(["--nodes-file", "ca.crt"], files).contains("ca.crt"))
            }
        }

        // MARK: Serving

        @Test("Serving, each scrape is a line, whoever made it; Ctrl-C ends it well")
        func serves() async throws {
            try await withCluster { (_, kubelet, files) async throws in
                try await serving(["--kubeconfig", "kubeconfig"], files) { (command) async throws in
                    let byProxy = try await Answer.fetch([
                        "--proxy", command.url, "--retry", "50", "--retry-delay", "1",
                        "http://node-b:\(kubelet.address.port)/metrics/cadvisor",
                    ])
                    #expect(byProxy.status == 200)
                    #expect([UInt8](byProxy.body) == kubelet.body("/metrics/cadvisor")?.plain.joined)
                    let browser = try await Answer.fetch([
                        "-H", "Accept: text/html,*/*;q=0.8", "--compressed", "\(command.url)/nodes/node-b/metrics",
                    ])
                    #expect(browser.status == 200)
                    _ = try await Answer.fetch(["\(command.url)/favicon.ico"])
                    let stale = try await Answer.fetch(["\(command.url)/nodes/node-a/metrics"])
                    #expect(stale.status == 421)
                    #expect(try await command.waitForText("Stale node identity: \(kubelet.address) is node-b"))
                    #expect(command.text.contains("context fake, user fake"))
                    #expect(
                        command.text.contains(
                            " forward owner          node-b \(kubelet.address) /metrics/cadvisor 200 "))
                    #expect(!command.text.contains("favicon") && !command.text.contains("\u{1b}"))
                }
            }
        }

        @Test("Serving with --diff shows what rewriting changes in each answer")
        func servesDiff() async throws {
            try await withCluster { (_, _, files) async throws in
                try await serving(["--kubeconfig", "kubeconfig", "--config", "rules.yaml", "--diff"], files) {
                    (command) async throws in
                    let answer = try await Answer.fetch([
                        "--retry", "50", "--retry-delay", "1", "--compressed", "\(command.url)/nodes/node-b/metrics",
                    ])
                    #expect(answer.status == 200 && answer.text.contains("node=\"node-b\""))
                    #expect(try await command.waitForText(" /metrics 200 "))
                    #expect(command.text.contains("\n+kubelet_"))
                }
            }
        }

        @Test("A slow scrape is let to its end after Ctrl-C")
        func drains() async throws {
            try await withCluster { (_, kubelet, files) async throws in
                let command = try await RunningForward.start(["--kubeconfig", "kubeconfig"], files: files)
                _ = try await Answer.fetch([
                    "--retry", "50", "--retry-delay", "1", "\(command.url)/nodes/node-b/metrics",
                ])
                kubelet.answerNext(.failing(.slow(bytes: 2_000, pause: 300)))
                async let slow = Answer.fetch(["\(command.url)/nodes/node-b/metrics/cadvisor"])
                _ = try await command.waitForText("/metrics 200")
                try await Task.sleep(for: .milliseconds(500))
                #expect(await command.interrupt() == 0)
                let answer = try await slow
                #expect(answer.exitCode == 0 && answer.status == 200)
            }
        }

        @Test("A Prometheus on the same machine scrapes through it", .enabled(if: RunningPrometheus.isInstalled))
        func prometheus() async throws {
            try await withCluster { (_, kubelet, files) async throws in
                try await serving(["--kubeconfig", "kubeconfig"], files) { (command) async throws in
                    let prometheus = try await RunningPrometheus.start(
                        """
                        global: {scrape_interval: 500ms, scrape_timeout: 500ms}
                        scrape_configs:
                          - job_name: kubelets
                            proxy_url: \(command.url)
                            scheme: http
                            http_sd_configs: [{url: "\(command.url)/sd/kubelets", refresh_interval: 1s}]
                            relabel_configs: [{source_labels: [__meta_kubernetes_node_name], target_label: node}]
                        """)
                    let failure: (any Error)?
                    do {
                        try await prometheus.waitForTargets(1)
                        #expect(try await prometheus.query("up").map { $0.labels["node"] } == ["node-b"])
                        failure = nil
                    } catch { failure = error }
                    await prometheus.stop()
                    if let failure { throw failure }
                    #expect(try await command.waitForText(" node-b \(kubelet.address) /metrics 200 "))
                    #expect(await kubelet.acceptedConnections == 0)
                }
            }
        }
    }
}
