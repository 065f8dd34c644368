import ArgumentParser
import Foundation

/// `kubelet-load-test report`: the report of runs that were made before.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes an HTML report of the files that `run --json` wrote.",
        discussion: "Of runs with several numbers of targets it draws how cost grows, one curve for each label.")

    @Argument(help: "Files of figures.")
    var files: [String]

    @Option(help: "Where the report goes; else to standard output.")
    var out: String?

    @Option(help: "Also write the curves of growth, as an image, to this file (SVG).")
    var svg: String?

    func run() throws {
        do {
            let outcomes = try files.flatMap { try RunFiles.outcomes(in: $0) }
            if let svg {
                let curves = GrowthCurves.all(in: outcomes)
                guard !curves.isEmpty else {
                    throw RunError("--svg: no scenario was run with several numbers of targets")
                }
                try RunFiles.write(Data(curves.image.utf8), to: svg)
            }
            let text = HTMLReport(outcomes).text
            guard let out else { return print(text, terminator: "") }
            try RunFiles.write(Data(text.utf8), to: out)
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("error: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
