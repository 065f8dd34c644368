import Exposition
import Relabeling
import Testing

@Suite("Series that rewriting makes equal")
struct CollisionTests {
    private func outcome(_ body: String, _ plan: RewritePlan) throws -> (body: String, counts: RewriteCounts) {
        let rewriter = plan.rewriter(for: .text)
        var output = OutputBytes()
        try rewriter.write(Array(body.utf8), to: &output)
        try rewriter.finish(to: &output)
        return (String(decoding: output.copyArray(), as: UTF8.self), rewriter.counts)
    }

    @Test("the later one is dropped and counted, whatever order and timestamp")
    func labeldrop() throws {
        let rule = try RelabelConfig(action: "labeldrop", regex: "id")
        let result = try outcome(
            "a{id=\"1\",x=\"1\",y=\"2\"} 1 10\na{y=\"2\",id=\"2\",x=\"1\"} 2 20\na{x=\"1\"} 3\n", plan([rule]))
        #expect(result.body == "a{x=\"1\",y=\"2\"} 1 10\na{x=\"1\"} 3\n")
        #expect(result.counts.collisions == 1)
        #expect(result.counts.samplesIn == 3)
        #expect(result.counts.samplesOut == 2)
        #expect(result.counts.droppedByRule == 0)
    }

    @Test("what the body itself repeats is passed on and no collision")
    func repeated() throws {
        let rule = try RelabelConfig(action: "labeldrop", regex: "id")
        let result = try outcome("a{id=\"1\"} 1\na{id=\"1\"} 2\nb 1\nb 2\n", plan([rule]))
        #expect(result.body == "a 1\na 2\nb 1\nb 2\n")
        #expect(result.counts.collisions == 0)
    }

    @Test("a series that collided is counted once, however often the body repeats it")
    func repeatedCollision() throws {
        let rule = try RelabelConfig(action: "labeldrop", regex: "id")
        let result = try outcome("a{id=\"1\"} 1\na{id=\"2\"} 2\na{id=\"2\"} 3\na{id=\"1\"} 4\n", plan([rule]))
        #expect(result.body == "a 1\na 4\n")
        #expect(result.counts.collisions == 1)
        #expect(result.counts.repeatsDropped == 1)
    }

    @Test("a stamp can make equal what carried its name and what carried the name it is kept under")
    func stamps() throws {
        let result = try outcome(
            "a{node=\"x\"} 1\na{exported_node=\"x\"} 2\na 3\n", plan(stamps: [("node", "n")]))
        #expect(result.body == "a{node=\"n\",exported_node=\"x\"} 1\na{node=\"n\"} 3\n")
        #expect(result.counts.collisions == 1)
    }

    @Test("an honored label can look like the stamp")
    func honored() throws {
        let result = try outcome(
            "a 1\na{node=\"n\"} 2\na{node=\"m\"} 3\n", plan(stamps: [("node", "n")], honorsLabels: true))
        #expect(result.body == "a{node=\"n\"} 1\na{node=\"m\"} 3\n")
        #expect(result.counts.collisions == 1)
    }

    @Test("a constant label can make equal what differed in it, or lacked it")
    func constants() throws {
        let rule = try RelabelConfig(targetLabel: "c", replacement: "k")
        let result = try outcome("a{c=\"1\"} 1\na 2\na{c=\"k\"} 3\nb{c=\"2\"} 4\n", plan([rule]))
        #expect(result.body == "a{c=\"k\"} 1\nb{c=\"k\"} 4\n")
        #expect(result.counts.collisions == 2)
    }

    @Test("many series that all become one are found in no more than linear time")
    func manyInOne() throws {
        let rule = try RelabelConfig(action: "labeldrop", regex: "id")
        let body = (0..<20_000).map { "a{id=\"\($0)\"} 1\n" }.joined()
        let result = try outcome(body, plan([rule]))
        #expect(result.body == "a 1\n")
        #expect(result.counts.collisions == 19_999)
    }

    @Test("the table tells first, repeated, collision and repeated collision apart")
    func table() {
        var table = CollisionTable()
        for key in UInt64(1)...1000 { #expect(table.admit(input: key, output: key) == .first) }
        for key in UInt64(1)...1000 { #expect(table.admit(input: key, output: key) == .repeated) }
        #expect(table.admit(input: 5000, output: 7) == .collision)
        #expect(table.admit(input: 5000, output: 7) == .repeatedCollision)
        #expect(table.admit(input: 5001, output: 7) == .collision)
    }
}
