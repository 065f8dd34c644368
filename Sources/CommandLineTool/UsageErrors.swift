package import ArgumentParser
import Glibc

extension AsyncParsableCommand {
    /// Runs the command that the arguments name. Usage errors exit 2, as those of Prometheus' tools do (spec 13):
    /// ArgumentParser's own code for them is 64 (EX_USAGE).
    package static func runAsTool() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            let message = Array((fullMessage(for: error) + "\n").utf8)
            _ = unsafe message.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            Glibc.exit(2)
        }
    }
}
