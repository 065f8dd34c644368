import FakeCluster

/// What happens in several scenarios.
extension IdentityPlay {
    /// This kubelet answers at the first address, its Node is the only one there, and it is well.
    func begin(
        with kubelet: TrueKubelet, age: Int64 = 3600, showing shown: Shown = .itself
    ) async throws {
        try await answer(kubelet, showing: shown)
        register(kubelet, age: age)
        try await untilOwned(by: kubelet.name)
        well(IdentityScenario.Name(kubelet.name))
    }

    /// The new node registers, and is well from the moment at which the proxy knows it.
    func takeOver(by new: TrueKubelet) async throws {
        register(new)
        try await untilOwned(by: new.name)
        knows()
        well(IdentityScenario.Name(new.name))
        try await scrapeOn()
    }

    /// The old node turns NotReady, and is deleted.
    func bury(_ old: TrueKubelet) async throws {
        register(old, age: 3600, ready: .unknown)
        try await scrapeOn()
        unregister(old)
        try await scrapeOn()
    }
}
