import Addressing
import FakeCluster
import Testing

@testable import kubelet_load_test

@Suite("Plans of scenarios")
struct ScenarioPlanTests {
    static func planner(seed: UInt64 = 1, targets: Int = 40) -> ScenarioPlanner {
        ScenarioPlanner(targets: targets, duration: 60, timeout: 5, seed: seed, network: 20)
    }

    @Test("the same seed gives the same plan, another one another", arguments: ScenarioName.allCases)
    func seeds(name: ScenarioName) {
        let plan = Self.planner().plan(name)
        #expect(plan.members == Self.planner().plan(name).members)
        #expect(plan.events == Self.planner().plan(name).events)
        if !plan.events.isEmpty { #expect(plan.events != Self.planner(seed: 2).plan(name).events) }
    }

    @Test(
        "events lie within the duration and in order, and no two kubelets are at one address at a time",
        arguments: ScenarioName.allCases, [1, 3, 40])
    func addresses(name: ScenarioName, targets: Int) {
        let plan = Self.planner(targets: targets).plan(name)
        #expect(plan.events.map(\.at) == plan.events.map(\.at).sorted())
        #expect(plan.events.allSatisfy { $0.at < 60 })
        #expect(Set(plan.members.map(\.name)).count == plan.members.count)
        var taken: Set<SocketAddress> = []
        let keys = plan.members.map { member in member.addresses.map { SocketAddress($0, port: member.port) } }
        for place in plan.members.indices where plan.members[place].isThereFromStart {
            for key in keys[place] { #expect(taken.insert(key).inserted) }
        }
        for timed in plan.events {
            switch timed.event {
            case .kubeletStops(let place): taken.subtract(keys[place])
            case .kubeletStarts(let place): for key in keys[place] { #expect(taken.insert(key).inserted) }
            default: break
            }
        }
    }

    @Test("in a rolling replacement every node goes and another comes")
    func rolling() {
        let plan = Self.planner().plan(.rollingReplacement)
        #expect(plan.members.count == 80)
        #expect(plan.events.count { if case .isDeleted = $0.event { true } else { false } } == 40)
    }

    @Test(
        "in the grace period a new kubelet answers before its Node is there, and both are Ready before the old one is not"
    )
    func gracePeriod() {
        let plan = Self.planner().plan(.gracePeriod)
        let new = plan.members.indices.filter { !plan.members[$0].isThereFromStart }
        #expect(new.count == 4)
        for place in new {
            let old = plan.members.firstIndex { $0.addresses == plan.members[place].addresses } ?? place
            let order: [ScenarioPlan.Event] = [
                .kubeletStops(old), .kubeletStarts(place), .registers(place), .turns(old, .unknown),
            ]
            let moments = order.map { event in plan.events.first { $0.event == event }?.at ?? -1 }
            #expect(moments.allSatisfy { $0 > 0 })
            #expect(moments == moments.sorted())
            #expect(Set(moments).count == 4)
        }
    }

    @Test("nothing happens where only watching is measured, and `all` does not mean it")
    func idle() {
        #expect(Self.planner().plan(.idle).events.isEmpty)
        #expect((try? ScenarioName.list("all"))?.contains(.idle) == false)
    }

    @Test(
        "names of scenarios are checked",
        arguments: [
            ("all", 9), ("steady", 1), ("steady,ip-reuse", 2), ("idle", 1), ("", nil), ("steady,", nil), ("reuse", nil),
        ] as [(String, Int?)])
    func names(text: String, count: Int?) { #expect((try? ScenarioName.list(text))?.count == count) }

    @Test(
        "durations are Prometheus'",
        arguments: [
            ("500ms", 0.5), ("30s", 30), ("1m30s", 90), ("2h", 7200), ("0s", nil), ("5", nil), ("s", nil), ("", nil),
            ("1s1m", nil), ("1.5s", nil), ("-1s", nil), ("1d", nil),
        ] as [(String, Double?)])
    func durations(text: String, seconds: Double?) {
        #expect(PrometheusDuration(argument: text)?.seconds == seconds)
    }
}
