import ArgumentParser
import CommandLineTool

/// The command line (spec 13).
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet-relabel-proxy",
        abstract:
            "A proxy between Prometheus and kubelets that lets a scrape through only for the node that owns the address now.",
        version: Version.text,
        subcommands: [Serve.self, CheckConfig.self, Rewrite.self, Forward.self, Generate.self])

    static func main() async { await runAsTool() }
}

enum Version {
    static let text = "0.1.0"
}
