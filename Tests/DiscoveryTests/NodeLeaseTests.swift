import Testing

@testable import Discovery

@Suite("A Lease") struct NodeLeaseTests {
    private func lease(_ text: String) throws -> NodeLease? { try NodeLease(json: Array(text.utf8)) }

    @Test("is read as the API server writes it")
    func whole() throws {
        let text = """
            {"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"alpha","namespace":"kube-node-lease",
            "uid":"5ba5a3a4-7e0c-4b8f-a2f4-9ad4a1d3a8a3","resourceVersion":"229","creationTimestamp":"2026-11-24T00:08:06Z",
            "ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"alpha","uid":"d3"}],"managedFields":[]},
            "spec":{"holderIdentity":"alpha","leaseDurationSeconds":50,"renewTime":"2026-11-24T00:09:06.123456Z"}}

            """
        #expect(try lease(text) == NodeLease(node: "alpha", renewedAt: 1_795_478_946, duration: 50))
    }

    @Test(
        "that was never renewed is none, and lasts 40 s unless it says otherwise",
        arguments: [
            (#"{"kind":"Lease","metadata":{"name":"a"}}"#, nil),
            (#"{"kind":"Lease","metadata":{"name":"a"},"spec":{"renewTime":null}}"#, nil),
            (
                #"{"kind":"Lease","metadata":{"name":"a"},"spec":{"renewTime":"2026-11-24T00:09:06Z"}}"#,
                NodeLease(node: "a", renewedAt: 1_795_478_946, duration: 40)
            ),
            (
                #"{"spec":{"leaseDurationSeconds":0,"renewTime":"2026-11-24T00:09:06Z"},"metadata":{"name":"a"},"kind":"Lease"}"#,
                NodeLease(node: "a", renewedAt: 1_795_478_946, duration: 40)
            ),
        ] as [(String, NodeLease?)])
    func defaults(text: String, expected: NodeLease?) throws { #expect(try lease(text) == expected) }

    @Test(
        "that can't be one is an error that says where",
        arguments: [
            ("{}", "kind"), (#"{"kind":"Lease"}"#, "metadata.name"),
            (#"{"kind":"Status","metadata":{"name":"a"}}"#, "kind"),
            (#"{"kind":"Lease","metadata":{"name":"a"},"spec":{"renewTime":"yesterday"}}"#, "spec.renewTime"),
            (
                #"{"kind":"Lease","metadata":{"name":"a"},"spec":{"leaseDurationSeconds":"4"}}"#,
                "spec.leaseDurationSeconds"
            ),
            (#"{"kind":"Lease","metadata":{"name":"a"}"#, ""), ("null", ""),
        ])
    func malformed(text: String, path: String) {
        #expect { try lease(text) } throws: { ($0 as? DocumentError)?.path == path }
    }
}
