import FoundationEssentials

extension FakeAPIServer {
    /// A kubeconfig for this server, with its CA inside.
    package func kubeconfig(token: String = FakeCluster.proxyToken) -> String {
        kubeconfig(user: "    token: \(token)")
    }

    /// A kubeconfig whose user has a client certificate.
    package func kubeconfig(client certificate: FakeCertificate) -> String {
        kubeconfig(
            user: """
                    client-certificate-data: \(Self.base64(certificate.certificatePEM))
                    client-key-data: \(Self.base64(certificate.privateKeyPEM))
                """)
    }

    private func kubeconfig(user: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: fake
        clusters:
        - name: fake
          cluster:
            server: https://\(address)
            certificate-authority-data: \(Self.base64(authorityPEM))
        users:
        - name: fake
          user:
        \(user)
        contexts:
        - name: fake
          context:
            cluster: fake
            user: fake

        """
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}

/// A file of Node objects (spec 4.1), as `kubectl get nodes -o json` prints it.
package enum NodesFile {
    package static func json(_ nodes: [FakeNode]) -> [UInt8] {
        var text = Array(
            "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"},\"items\":[".utf8)
        for (position, node) in nodes.enumerated() {
            if position > 0 { text.append(UInt8(ascii: ",")) }
            text += ResourceKind.nodes.complete(node.json(resourceVersion: 1).text)
        }
        return text + Array("]}\n".utf8)
    }
}
