import ArgumentParser
import Foundation

/// `kubelet-load-test report`: the report of runs that were made before.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes an HTML report of the files that `run --json` wrote.")

    @Argument(help: "Files of figures.")
    var files: [String]

    @Option(help: "Where the report goes; else to standard output.")
    var out: String?

    func run() throws {
        do {
            let text = HTMLReport(try files.flatMap { try RunFiles.outcomes(in: $0) }).text
            guard let out else { return print(text, terminator: "") }
            try RunFiles.write(Data(text.utf8), to: out)
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("error: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
