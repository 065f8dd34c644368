import ArgumentParser

/// What happens to the first nodes of a fleet.
enum FleetScenario: String, CaseIterable, ExpressibleByArgument {
    /// Nothing.
    case steady
    /// node-a dies and is marked NotReady; node-b comes up at its address.
    case ipReuse = "ip-reuse"
    /// The same, seen while both are still Ready.
    case gracePeriod = "grace-period"

    /// What leads from the beginning to the end, one step at a time.
    var steps: [Step] {
        switch self {
        case .steady: []
        case .gracePeriod: [.oldKubeletDies, .newNodeComes]
        case .ipReuse: [.oldKubeletDies, .newNodeComes, .oldNodeTurnsUnknown]
        }
    }

    /// Steps that only a live run takes.
    var laterSteps: [Step] {
        switch self {
        case .steady: []
        case .gracePeriod: [.oldNodeTurnsUnknown, .oldNodeIsDeleted]
        case .ipReuse: [.oldNodeIsDeleted]
        }
    }

    enum Step: String {
        case oldKubeletDies = "the kubelet of node-a dies; the node stays Ready"
        case newNodeComes = "node-b comes up at the address of node-a, Ready"
        case oldNodeTurnsUnknown = "node-a turns NotReady (Unknown)"
        case oldNodeIsDeleted = "node-a is deleted"
    }
}
