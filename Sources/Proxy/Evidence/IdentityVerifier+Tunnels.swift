import Connections
import EventLoop
import HTTP
import Identity
import Scraping
import Settings

/// What a tunnel carries is sealed: its evidence can't be seen. Where evidence is asked for, the kubelet shows it over a
/// connection of the proxy's own, just before the tunnel is dialled to the same address.
extension IdentityVerifier {
    /// Whether a tunnel may not be opened, or stay, on the word of the table alone (spec 6.2, 6.3).
    func requiresProof(_ verdict: IdentityVerdict) -> Bool { demand(of: verdict) > .nothing }

    /// Has the owner proved. A certificate does that without credentials; else `/metrics` has to be open to anybody.
    ///
    /// - Parameter deadline: the loop's milliseconds.
    /// - Returns: why the tunnel would not be opened, in `mode: observe`.
    func prove(
        _ verdict: IdentityVerdict, at kubelet: JudgedKubelet, for request: RequestHead, deadline: UInt64,
        waitingWith parker: Parker
    ) async throws(ScrapeError) -> DropReason? {
        guard requiresProof(verdict), let owner = verdict.owner, let key = verdict.evidenceKey else { return nil }
        let check = EvidenceCheck(
            of: owner, at: key, reachedAt: kubelet.address, isTLS: kubelet.isTLS, demand: demand(of: verdict),
            bringing: nil, for: request, by: deadline, configuration)
        let connection = try await client.connect(check.question(), waitingWith: parker)
        defer { connection.close() }
        // It follows none, nor does any follow it: its life tells nothing of the kubelet's.
        let findings = PeerFindings.begin(on: connection, isFollower: false)
        _ = try await admits(connection, check, waitingWith: parker)
        return findings.refusal
    }
}
