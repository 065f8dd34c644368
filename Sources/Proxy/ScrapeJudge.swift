import Addressing
import Glibc
import HTTP
import Identity
import Settings

/// Asks the table for the verdict on a scrape, or on a tunnel, and says what follows from it (spec 5).
struct ScrapeJudge {
    let configuration: ProxyConfiguration
    let identities: IdentityStore

    /// The verdict of the table, once.
    ///
    /// - Parameter secondName: what else the request calls the node: it must be the same one (spec 3.3).
    func verdict(
        on claim: NodeClaim, alsoNamed secondName: String? = nil, at destination: ScrapeDestination
    ) throws(ErrorResponse) -> IdentityVerdict {
        if let secondName {
            let other = identities.verdict(for: NodeClaim(node: secondName), at: destination)
            let first = identities.verdict(for: NodeClaim(node: claim.node), at: destination)
            guard let named = other.claimed, named.name == first.claimed?.name else {
                throw ErrorResponse(
                    .contradictoryClaims, "Contradictory claims: the host and the parameter name two nodes")
            }
        }
        return identities.verdict(for: claim, at: destination)
    }

    /// `mode: observe` forwards all the same, but never to an address that is not a node's (spec 5.2).
    func mayDrop(_ verdict: IdentityVerdict) -> Bool {
        configuration.settings.mode == .enforce || verdict.dialableAddress == nil
    }

    /// - Parameter place: where a request of this kind would name its node.
    func refusal(_ reason: DropReason, _ verdict: IdentityVerdict, claimsBy place: ClaimPlace) -> ErrorResponse {
        refusal(reason, verdict, verdict.explanation(at: unixSeconds, claimsBy: place))
    }

    func refusal(_ reason: DropReason, _ verdict: IdentityVerdict, _ phrase: String) -> ErrorResponse {
        var refusal = ErrorResponse(reason, phrase)
        refusal.claim = verdict.claim.node ?? verdict.claim.uid
        refusal.address = verdict.address
        refusal.owner = verdict.owner?.name
        return refusal
    }

    var unixSeconds: Int64 {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec)
    }

    /// What the port speaks; nil: it is not allowed.
    func scheme(of address: SocketAddress, in verdict: IdentityVerdict) -> UpstreamScheme? {
        configuration.settings.upstream.ports.scheme(
            of: address.port, kubeletPort: verdict.portRole == .kubelet ? address.port : nil)
    }

    /// The scheme follows the port: a path that spells another one is a mistake, not a wish (spec 3.1).
    func refuseOtherScheme(
        than spelled: NodePath.Scheme?, of verdict: IdentityVerdict
    ) throws(ErrorResponse) {
        guard let spelled, let address = verdict.address, let scheme = scheme(of: address, in: verdict),
            scheme.rawValue != spelled.rawValue
        else { return }
        throw ErrorResponse(
            .malformedRequest,
            "Wrong scheme: port \(address.port) speaks \(scheme.rawValue), the path says \(spelled.rawValue): leave it out"
        )
    }

    /// Where it goes: the address that was judged, and no look-up after that (spec 11.3).
    func kubelet(of verdict: IdentityVerdict, _ fate: ScrapeVerdict) throws(ErrorResponse) -> JudgedKubelet {
        guard let address = verdict.dialableAddress, let scheme = scheme(of: address, in: verdict) else {
            throw ErrorResponse(.portNotAllowed, "Port not allowed: add it to upstream.ports")
        }
        let isObservedOnly = fate != .forward && configuration.settings.mode == .observe
        return JudgedKubelet(
            address: address, isTLS: scheme == .https, owner: verdict.owner,
            labels: isObservedOnly && verdict.claimsAnother ? nil : verdict.owner, occupant: verdict.occupant,
            isOwnPort: verdict.portRole == .kubelet)
    }
}

/// The kubelet that a scrape, or a tunnel, is let through to.
struct JudgedKubelet {
    let address: SocketAddress
    let isTLS: Bool
    let owner: KnownNode?
    /// Whose labels the answer gets. Nobody's where a scrape that claims another is let through as it is.
    let labels: KnownNode?
    /// Who is there: the owner, else the first that claims to be.
    let occupant: KnownNode?
    let isOwnPort: Bool

    var bearer: InFlightLimits.Target { InFlightLimits.Target(owner, at: address) }
}
