import ArgumentParser
import Certificates
import Glibc
import Proxy

/// `generate ca`: the CA that interception signs with.
struct GenerateCA: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract:
            "Make a CA for interception: ca.crt, which scrapers are to trust, and ca.key, which only the proxy may read.",
        discussion: """
            The key is P-256, the certificate is good for ten years and for signing leaves alone. Files that exist are never \
            written over.
            """)

    @Option(help: ArgumentHelp("The folder to write them into; made if it is missing.", valueName: "folder"))
    var out = "."

    func run() throws {
        do {
            let authority = try NewAuthority(
                commonName: "kubelet-relabel-proxy interception CA", now: Int64(time(nil)))
            // Where it can't be made, writing tells why.
            _ = unsafe mkdir(out, 0o755)
            let (certificate, key) = ("\(out)/ca.crt", "\(out)/ca.key")
            // The key first: of two files that can't both be written, none is to be left behind.
            try NewFile.write(authority.keyPEM, to: key, mode: 0o600)
            do throws(NewFileError) {
                try NewFile.write(authority.certificatePEM, to: certificate, mode: 0o644)
            } catch {
                _ = unsafe unlink(key)
                throw error
            }
            print("\(certificate): for the scrapers: ca_file of tls_config\n\(key): for the proxy alone")
        } catch {
            LineLog.standardError("\(error)\n")
            throw ExitCode(1)
        }
    }
}
