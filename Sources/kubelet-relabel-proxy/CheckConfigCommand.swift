import ArgumentParser
import Proxy
import Settings

struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check a configuration file: every error with its line, exit 1; else what to mind.")

    @Argument(help: "The configuration file.")
    var file: String

    func run() throws {
        do throws(SettingsErrors) {
            let settings = try ProxySettings.load(file: file)
            print("\(file): valid")
            for notice in settings.notices { print("\(file): \(notice)") }
        } catch {
            LineLog.standardError("\(error)\n")
            throw ExitCode(1)
        }
    }
}
