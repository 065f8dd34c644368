import ArgumentParser
import Glibc
import Proxy

/// The command line (spec 13). Usage errors exit 2.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet-relabel-proxy",
        abstract:
            "A proxy between Prometheus and kubelets that lets a scrape through only for the node that owns the address now.",
        version: Version.text,
        subcommands: [Serve.self, CheckConfig.self, Rewrite.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // ArgumentParser's own code for usage errors is 64 (EX_USAGE); Prometheus' tools use 2.
            let code = exitCode(for: error)
            guard code == ExitCode.validationFailure else { exit(withError: error) }
            LineLog.standardError(fullMessage(for: error) + "\n")
            Glibc.exit(2)
        }
    }
}

enum Version {
    static let text = "0.1.0"
}
