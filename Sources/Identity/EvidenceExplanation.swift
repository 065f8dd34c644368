package import Addressing

extension Evidence {
    /// Why an answer or a connection was refused, in plain words: the reason phrase (spec 5.3, 6.3).
    package func explanation(against owner: KnownNode, at address: SocketAddress) -> String {
        ReasonPhrase.fitting { limit in
            "Wrong evidence: \(address) should be \(ReasonPhrase.shortened(owner.name, to: limit)), but \(fact(limit))"
        }
    }

    private func fact(_ limit: Int) -> String {
        func name(_ text: String) -> String { ReasonPhrase.shortened(text, to: limit) }
        switch self {
        case .certificate(let node): return "its verified certificate is that of \(name(node))"
        case .fingerprint: return "its certificate is one that another node showed before"
        case .nodeName(let node): return "its kubelet calls itself \(name(node))"
        case .machine: return "its machine_id and system_uuid are those of another machine"
        case .hostNames(let names):
            return "its certificate is for host \(name(names.first ?? "")), which is another node"
        }
    }
}

/// Why an owner could not be proved, where it must be (spec 6.2).
package enum Unproven {
    /// - Parameter why: what came instead of a proof, one line.
    package static func explanation(of owner: KnownNode, at address: SocketAddress, _ why: String) -> String {
        ReasonPhrase.fitting { limit in
            "Unproven: \(address) did not show that it is \(ReasonPhrase.shortened(owner.name, to: limit)): "
                + ReasonPhrase.printable(why)
        }
    }
}
