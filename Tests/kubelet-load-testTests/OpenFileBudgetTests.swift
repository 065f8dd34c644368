import Testing

@testable import kubelet_load_test

@Suite("Open files of a run")
struct OpenFileBudgetTests {
    @Test(
        "each path has connections of its own where descriptors suffice, and a run that can't be is refused",
        arguments: [
            (.direct, 20_000, false, true), (.direct, 40_000, true, true), (.direct, 10_000, false, false),
            (.absolute, 20_000, true, true), (.absolute, 11_000, false, false),
            (.intercepted, 20_000, false, true), (.intercepted, 30_000, true, true),
        ] as [(OpenFileBudget.Route, Int, Bool, Bool)])
    func budget(route: OpenFileBudget.Route, limit: Int, byPath: Bool, suffices: Bool) {
        let budget = OpenFileBudget(listeners: 5000, targets: 5000, route: route, limit: limit)
        #expect(budget.affordsConnectionsByPath == byPath)
        #expect((budget.complaint == nil) == suffices)
    }
}
