import Addressing
import FakeCluster

/// Draws up the plans. Moments are fractions of the duration, so that a short run shows what a long one does.
struct ScenarioPlanner {
    let targets: Int
    let duration: Double
    /// Seconds that a scraper waits for an answer.
    let timeout: Double
    let seed: UInt64
    /// The network that kubelets live in, a /16 of 127.0.0.0/8: its second byte.
    let network: UInt8

    init(targets: Int, duration: Double, timeout: Double, seed: UInt64, network: UInt8) {
        self.targets = targets
        self.duration = duration
        self.timeout = timeout
        self.seed = seed
        self.network = network
    }

    init(_ settings: RunSettings) {
        self.init(
            targets: settings.targets, duration: settings.duration, timeout: settings.timeout, seed: settings.seed,
            network: settings.network)
    }

    static let kubeletPort: UInt16 = 10250

    func plan(_ name: ScenarioName) -> ScenarioPlan {
        var plan = ScenarioPlan(name)
        plan.members = (0..<targets).map { original($0, in: name) }
        var random = SplitMix64(seed: seed)
        let order = Array(0..<targets).shuffled(using: &random)
        switch name {
        case .steady, .idle: break
        case .ipReuse: reuse(order.prefix(share(10)), in: &plan)
        case .gracePeriod: gracePeriod(order.prefix(share(10)), in: &plan)
        case .falseNotUnknown: falseNotUnknown(order, in: &plan)
        case .rollingReplacement: rollingReplacement(order, in: &plan)
        case .apiOutage: apiOutage(order, in: &plan)
        case .slowKubelets: slowKubelets(order, in: &plan)
        case .dualStack: dualStack(order.prefix(share(10)), in: &plan)
        case .sharedIP: reuse(order.prefix(share(10)), in: &plan)
        }
        return plan
    }

    /// One of `count` nodes, one at least.
    private func share(_ count: Int) -> Int { max(1, targets / count) }

    private func moment(_ fraction: Double) -> Double { fraction * duration }

    // MARK: Members

    private func original(_ index: Int, in name: ScenarioName) -> ScenarioPlan.Member {
        let node = "\(name.rawValue)-\(index + 1)"
        switch name {
        case .dualStack:
            // ::1 is the only IPv6 address that every machine has: nodes share it, each with a port of its own (spec 4.3).
            // Discovery takes a node's first address, so half of the fleet is scraped by IPv6.
            let both = [address(index), IPAddress.loopbackV6]
            return .init(node, index % 2 == 0 ? both : both.reversed(), port: UInt16(1024 + Int(network) * 64 + index))
        case .sharedIP:
            return .init(node, [address(index / 8)], port: Self.kubeletPort + UInt16(index % 8))
        default:
            return .init(node, [address(index)], port: Self.kubeletPort)
        }
    }

    /// 127.x.0.1 and on.
    private func address(_ index: Int) -> IPAddress {
        LoopbackNetwork.address(UInt32(index + 1), in: network)
    }

    /// A new machine at the address of an old one.
    private func successor(of old: Int, in plan: inout ScenarioPlan) -> Int {
        var member = plan.members[old]
        member.name += "-successor"
        member.isThereFromStart = false
        plan.members.append(member)
        return plan.members.count - 1
    }

    /// The Node object is there a moment before the kubelet answers: what nobody has told the API can be known only from
    /// evidence.
    private func arrive(_ new: Int, at fraction: Double, in plan: inout ScenarioPlan) {
        plan.add(.registers(new), at: moment(fraction))
        plan.add(.kubeletStarts(new), at: moment(fraction) + min(0.5, moment(0.02)))
    }

    // MARK: Scenarios

    /// Old machines die, turn Unknown, and new ones take their addresses. Every second old Node object is never deleted.
    private func reuse(
        _ victims: some Collection<Int>, from begin: Double = 0.1, within span: Double = 0.15,
        in plan: inout ScenarioPlan
    ) {
        for (place, old) in victims.enumerated() {
            let death = begin + span * Double(place) / Double(victims.count)
            let new = successor(of: old, in: &plan)
            plan.add(.kubeletStops(old), at: moment(death))
            plan.add(.turns(old, .unknown), at: moment(death + 0.03))
            arrive(new, at: death + 0.06, in: &plan)
            if place % 2 == 1 { plan.add(.isDeleted(old), at: moment(max(0.8, death + 0.1))) }
        }
    }

    /// New machines answer while the old nodes still count as Ready, at first before anybody knows of them: then the kubelet
    /// alone can tell. Later both are Ready, and in the end the old ones turn Unknown.
    private func gracePeriod(_ victims: some Collection<Int>, in plan: inout ScenarioPlan) {
        for (place, old) in victims.enumerated() {
            let death = 0.1 + 0.15 * Double(place) / Double(victims.count)
            let new = successor(of: old, in: &plan)
            plan.add(.kubeletStops(old), at: moment(death))
            plan.add(.kubeletStarts(new), at: moment(death + 0.02))
            plan.add(.registers(new), at: moment(death + 0.2))
            plan.add(.turns(old, .unknown), at: moment(death + 0.5))
        }
    }

    /// Nodes shut down in good order: their last word is False, and nobody ever calls them Unknown. Others are only sick: False
    /// for a while, at addresses that nobody takes.
    private func falseNotUnknown(_ order: [Int], in plan: inout ScenarioPlan) {
        let victims = order.prefix(share(10))
        for (place, old) in victims.enumerated() {
            let death = 0.1 + 0.15 * Double(place) / Double(victims.count)
            let new = successor(of: old, in: &plan)
            plan.add(.turns(old, .false), at: moment(death))
            plan.add(.kubeletStops(old), at: moment(death + 0.02))
            arrive(new, at: death + 0.06, in: &plan)
        }
        for sick in order.dropFirst(victims.count).prefix(share(20)) {
            plan.add(.turns(sick, .false), at: moment(0.3))
            plan.add(.turns(sick, .true), at: moment(0.6))
        }
    }

    /// Every node is replaced by a new one at its address. Of three, one turns Unknown first, one False, and one still counts as
    /// Ready when its successor comes. The old Node objects go later.
    private func rollingReplacement(_ order: [Int], in plan: inout ScenarioPlan) {
        for (place, old) in order.enumerated() {
            let death = 0.1 + 0.6 * Double(place) / Double(order.count)
            let new = successor(of: old, in: &plan)
            if place % 3 == 1 { plan.add(.turns(old, .false), at: moment(death)) }
            plan.add(.kubeletStops(old), at: moment(death))
            if place % 3 == 0 { plan.add(.turns(old, .unknown), at: moment(death + 0.02)) }
            arrive(new, at: death + 0.04, in: &plan)
            if place % 3 == 2 { plan.add(.turns(old, .unknown), at: moment(death + 0.12)) }
            plan.add(.isDeleted(old), at: moment(death + 0.16))
        }
    }

    /// An address was reused just before the API goes away, and others are once it is back.
    private func apiOutage(_ order: [Int], in plan: inout ScenarioPlan) {
        let victims = order.prefix(2 * share(20))
        reuse(victims.prefix(share(20)), from: 0.02, within: 0.06, in: &plan)
        plan.add(.apiLeaves, at: moment(0.22))
        plan.add(.apiReturns, at: moment(0.65))
        // Behind the ten seconds that a watcher may be backing off (spec 4.5), where the duration allows it.
        reuse(victims.dropFirst(share(20)), from: min(0.85, 0.66 + 10 / duration), within: 0.03, in: &plan)
    }

    /// A fifth answers slowly and in time; a tenth says nothing for a while.
    private func slowKubelets(_ order: [Int], in plan: inout ScenarioPlan) {
        let slow = order.prefix(share(5))
        for member in slow { plan.add(.answersSlowly(member, over: 0.4 * timeout), at: 0) }
        for member in order.dropFirst(slow.count).prefix(share(10)) {
            plan.add(.hangs(member), at: moment(0.3))
            plan.add(.recovers(member), at: moment(0.6))
        }
    }

    /// As in `reuse`; every second new node spells the IPv4 address that it took as an IPv6 one (spec 4.2).
    private func dualStack(_ victims: some Collection<Int>, in plan: inout ScenarioPlan) {
        let before = plan.members.count
        reuse(victims, in: &plan)
        for place in plan.members.indices.dropFirst(before) where (place - before) % 2 == 0 {
            plan.members[place].spelling = plan.members[place].addresses.map { $0.isV4 ? "::ffff:\($0)" : "\($0)" }
        }
    }
}
