import FakeCluster

/// Who a fake kubelet truly is, whatever Node objects and certificates say of it.
struct TrueKubelet: Sendable {
    /// What it calls itself.
    var name: String
    /// Of the Node that it registers.
    var uid = ""
    /// What its machine's ids are made of.
    var seed: String
    /// Old kubelets don't: no `kubelet_node_name`.
    var namesItself = true
    /// About how long `/metrics` and `/metrics/cadvisor` are.
    var bodyBytes = 4_000

    init(_ name: String, machine: String? = nil) {
        self.name = name
        seed = machine ?? name
    }

    var machine: FakeNode.Machine { FakeNode.Machine(seed: seed) }

    /// As the fake needs it.
    func node(at address: String) -> FakeNode {
        var node = FakeNode(name, address: address)
        node.machine = machine
        return node
    }
}
