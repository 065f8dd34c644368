import Relabeling
import Testing

@Suite struct Smoke {
    @Test func one() throws {
        let c = try RelabelConfig(sourceLabels: ["a"], regex: "f(.*)", targetLabel: "d", replacement: "ch${1}-ch${1}")
        let r = RelabelRules([c]).relabeler(owner: [:])
        #expect(r.relabel(["a": "foo", "__name__": "x"]) == ["a": "foo", "__name__": "x", "d": "choo-choo"])
    }
}
