import ArgumentParser
import CommandLineTool

@main
struct KubeletLoadTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet-load-test",
        abstract: "Plays a Kubernetes cluster on loopback addresses, and measures the proxy.",
        subcommands: [FleetCommand.self, RunCommand.self, ReportCommand.self, PeersCommand.self])

    static func main() async { await runAsTool() }
}
