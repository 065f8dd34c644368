import Discovery
import HTTP
import Settings

/// What a request for targets asks for (spec 9), read from its query alone.
struct DiscoveryQuery {
    /// In order, each once.
    let paths: [String]
    /// Nil: each kubelet's own.
    let port: UInt16?
    let selector: LabelSelector

    private static let parameters = ["path", "port", "selector"]

    init(_ resource: PathAndQuery, _ configuration: ProxyConfiguration) throws(ErrorResponse) {
        let values: [[String]]
        let rest: String?
        do throws(HTTPError) { (values, rest) = try resource.removing(Self.parameters) } catch {
            throw ErrorResponse(inTarget: error)
        }
        guard rest == nil else {
            throw Self.refusal("an unknown parameter: known are path (repeatable), port and selector")
        }
        paths = try Self.paths(values[0], configuration)
        port = try Self.port(try Self.single(values[1], "port"))
        let text = try Self.single(values[2], "selector") ?? ""
        do throws(LabelSelectorError) { selector = try LabelSelector(text) } catch {
            throw Self.refusal("selector: \(error)")
        }
    }

    private static func port(_ text: String?) throws(ErrorResponse) -> UInt16? {
        guard let text else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            throw refusal("port is a number from 1 to 65535")
        }
        return port
    }

    private static func paths(
        _ given: [String], _ configuration: ProxyConfiguration
    ) throws(ErrorResponse) -> [String] {
        let wanted = given.isEmpty ? ["/metrics"] : given
        guard let stranger = wanted.first(where: { !configuration.allowedPaths.contains($0) }) else {
            return Set(wanted).sorted()
        }
        throw ErrorResponse(
            .pathNotAllowed, status: 400, "Path not allowed: \(stranger) is not scraped, add it to upstream.paths")
    }

    private static func single(_ values: [String], _ name: String) throws(ErrorResponse) -> String? {
        guard values.count <= 1 else { throw refusal("\(name) stands twice: it is taken once") }
        return values.first
    }

    private static func refusal(_ what: String) -> ErrorResponse {
        ErrorResponse(.malformedRequest, "Malformed request: \(what)")
    }
}
