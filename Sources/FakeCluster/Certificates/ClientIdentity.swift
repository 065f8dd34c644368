import SwiftASN1
import X509

/// Whom a client certificate stands for: its CN is the user, each O a group, as in Kubernetes.
struct ClientIdentity {
    let user: String
    let groups: [String]

    init?(certificate der: [UInt8]) {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        var user: String?
        var groups: [String] = []
        for attribute in certificate.subject.flatMap({ $0 }) {
            guard let value = String(attribute.value) else { continue }
            switch attribute.type {
            case .RDNAttributeType.commonName: user = value
            case .RDNAttributeType.organizationName: groups.append(value)
            default: break
            }
        }
        guard let user else { return nil }
        self.user = user
        self.groups = groups
    }
}
