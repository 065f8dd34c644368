import ArgumentParser
import Glibc

@main
struct KubeletLoadTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet-load-test",
        abstract: "Plays a Kubernetes cluster on loopback addresses.",
        subcommands: [FleetCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // Usage errors exit 2 (spec 13), where ArgumentParser would exit 64.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            let message = Array((fullMessage(for: error) + "\n").utf8)
            _ = unsafe message.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            Glibc.exit(2)
        }
    }
}
