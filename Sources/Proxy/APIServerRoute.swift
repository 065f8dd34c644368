import Addressing
import Connections
import Discovery
import HTTP
import Identity
import Scraping
import Settings

/// The way to kubelets through the API server's node proxy (spec 8.3), with the proxy's own credentials. One a loop.
final class APIServerRoute {
    /// How many dials to it may be under way: all scrapes are its.
    static let dialLimit = 16
    let credentials: TLSCredentials
    private let isTLS: Bool
    /// Of the kubeconfig's server URL; empty for most.
    private let pathPrefix: String
    /// What the server is called in requests and messages.
    private let authority: String
    private let origin: String
    private let addresses: APIServerAddresses
    private var authorization: APIAuthorization

    init(_ access: KubernetesAccess, _ addresses: APIServerAddresses) {
        let place = ServerPlace(access.server)
        isTLS = place.scheme == "https"
        pathPrefix = String(place.path)
        authority = String(place.authority)
        origin = access.origin
        self.addresses = addresses
        authorization = APIAuthorization(access)
        credentials = TLSCredentials(access, host: addresses.isNamed ? String(place.host) : nil)
    }

    /// The request for a scrape of a node's port.
    ///
    /// - Parameter isOwnPort: whether it is the kubelet's: the API server speaks TLS there, unasked.
    func request(
        for node: KnownNode, port: UInt16, isOwnPort: Bool, isTLS isKubeletTLS: Bool, _ intent: ScrapeIntent,
        head write: (UpstreamHead.NodeProxy) -> [UInt8]
    ) throws(ErrorResponse) -> ScrapeRequest {
        let address: SocketAddress
        do throws(LookUpError) { address = try addresses.current() } catch {
            throw ErrorResponse(.kubeletUnreachable, "API server unreachable: \(authority): \(error)")
        }
        let secret: Secret?
        do throws(DocumentError) { secret = try authorization.value() } catch {
            throw ErrorResponse(.kubeletUnreachable, "API server not asked: \(error)")
        }
        // Ports that are not the kubelet's are plain there unless the path says otherwise.
        let scheme = isKubeletTLS && !isOwnPort ? "https:" : ""
        let path = "\(pathPrefix)/api/v1/nodes/\(scheme)\(node.name.percentEncoded):\(port)/proxy\(intent.path)"
        let head = write(UpstreamHead.NodeProxy(path: path, host: authority, authorization: secret))
        return ScrapeRequest(address: address, isTLS: isTLS, owner: "", isHead: intent.isHead, head: head)
    }

    /// The next address to try after one did not answer; nil where there is no other.
    func address(after failed: SocketAddress) -> SocketAddress? {
        guard addresses.failed(failed) else { return nil }
        return (try? addresses.current()).flatMap { $0 == failed ? nil : $0 }
    }
}

extension TLSCredentials {
    /// - Parameter host: the server's name, where the URL has one.
    init(_ access: KubernetesAccess, host: String?) {
        self.init(serverName: host)
        switch access.trust {
        case .anyone(let name):
            skipsVerification = true
            if let name { serverName = name }
        case .authority(let authority, let name):
            if let name { serverName = name }
            switch authority {
            case .file(let path): caFile = path
            case .data(let data): caData = data.bytes
            case nil: break
            }
        }
        guard let own = access.clientCertificate else { return }
        switch own.certificate {
        case .file(let path): certFile = path
        case .data(let data): certData = data.bytes
        }
        switch own.key {
        case .file(let path): keyFile = path
        case .data(let data): keyData = data.bytes
        }
    }
}

extension String {
    /// For a segment of a path: names of nodes need none of it.
    fileprivate var percentEncoded: String {
        utf8.map { byte in
            let isUnreserved = "-._~".utf8.contains(byte) || (0x30...0x39).contains(byte)
            let isLetter = (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            guard !isUnreserved, !isLetter else { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
