import Testing

@testable import Discovery

@Suite struct PackedPairsTests {
    @Test(
        "Pairs come back in order of their keys, the last of two with one key",
        arguments: [
            ([], ""),
            ([("a", "1")], "a=1"),
            ([("b", "2"), ("a", "1")], "a=1,b=2"),
            ([("a", "1"), ("a", "2"), ("a", "3")], "a=3"),
            ([("b", ""), ("", "x"), ("b", "y")], "=x,b=y"),
            ([("kubernetes.io/os", "linux"), ("Zone", "ä")], "Zone=ä,kubernetes.io/os=linux"),
        ] as [([(String, String)], String)])
    func order(pairs: [(String, String)], expected: String) {
        let packed = PackedPairs(pairs.map { (key: $0.0, value: $0.1) })
        #expect(packed.description == expected)
        #expect(packed.isEmpty == pairs.isEmpty)
    }

    @Test("A key is found whole, never as the start of another")
    func lookup() {
        let packed: PackedPairs = ["a": "1", "ab": "2", "": "3"]
        #expect(packed["a"] == "1")
        #expect(packed["ab"] == "2")
        #expect(packed[""] == "3")
        #expect(packed["abc"] == nil)
        #expect(packed["1"] == nil)
    }

    @Test("Texts of any length survive", arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 300_000])
    func lengths(length: Int) {
        let text = String(repeating: "x", count: length)
        let packed: PackedPairs = [text: text, "z": "after"]
        #expect(packed[text] == text)
        #expect(packed["z"] == "after")
        #expect(packed.map(\.key) == [text, "z"])
    }

    @Test("Order of arrival makes no difference")
    func equality() {
        let one: PackedPairs = ["a": "1", "b": "2"]
        #expect(one == ["b": "2", "a": "1"])
        #expect(one != ["a": "1", "b": "3"])
        #expect(one != ["a": "1"])
    }
}
