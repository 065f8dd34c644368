import Discovery
import Testing

@Suite("A label selector")
struct LabelSelectorTests {
    private static let labels: PackedPairs = [
        "kubernetes.io/os": "linux", "pool": "big", "in": "x", "empty": "", "node-role.kubernetes.io/worker": "",
    ]

    @Test(
        "selects what it describes",
        arguments: [
            "", "  ", "pool=big", "pool==big", " pool = big ", "pool!=small", "absent!=x", "pool", "!absent",
            "! absent",
            "pool in (big)", "pool in (small,big)", "pool in(big )", "pool notin (small,tiny)", "absent notin (x)",
            "kubernetes.io/os=linux,pool=big", "pool in (a,big),kubernetes.io/os", "empty=", "empty==", "empty in ()",
            "empty=,pool", "empty in (,x)", "in=x", "in", "in in (x)", "node-role.kubernetes.io/worker",
        ])
    func selects(text: String) throws {
        #expect(try LabelSelector(text).matches(Self.labels))
    }

    @Test(
        "leaves out what it does not",
        arguments: [
            "pool=small", "pool=", "pool!=big", "absent", "absent=", "!pool", "pool in (small)", "pool notin (big)",
            "absent in (x)", "absent in ()", "pool=big,absent", "Pool=big", "pool=Big", "kubernetes.io/os!=linux",
        ])
    func leavesOut(text: String) throws {
        #expect(try !LabelSelector(text).matches(Self.labels))
    }

    @Test(
        "that is none is refused",
        arguments: [
            ",", "pool,", ",pool", "pool,,in", "=big", "pool=big=x", "pool=big big", "pool in", "pool in big",
            "pool in (big",
            "pool in (big))", "pool in (big,small", "pool notin", "!", "!!pool", "!pool=big", "pool big", "(pool)",
            "pool!big", "pool>1", "a/b/c", "/pool", "pool/", "-pool", "pool-", "pool=-x", "pool=x-", "pöl", "pool=ö",
            "pool in (a b)", "pool = (big)", String(repeating: "a", count: 64),
            "a=" + String(repeating: "b", count: 64),
            "pool===big", "pool=!big",
        ])
    func refused(text: String) {
        #expect(throws: LabelSelectorError.self) { try LabelSelector(text) }
    }
}
