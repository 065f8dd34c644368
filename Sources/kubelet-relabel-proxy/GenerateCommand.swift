import ArgumentParser

/// `generate`: files for the settings in use (spec 13).
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make files that the proxy, or what stands around it, needs.", subcommands: [GenerateCA.self])
}
