/// How much the kubelet at the other end of a connection must show of itself for an answer to pass.
enum ProofDemand: Comparable {
    /// What comes by itself is looked at (`verify_identity: opportunistic`).
    case nothing
    /// That it is the node, by name (`require`, spec 6.2). Machine ids are not enough: they are the same under another name. They
    /// are all that there is where the kubelet was asked, and is too old to have a name to tell.
    case name
    /// The same, over this very connection: its owner was contradicted at the address, and a certificate may be shared (6.3).
    case nameAnew
}
