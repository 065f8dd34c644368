import Testing

@testable import Discovery

@Suite struct FileWatchTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// One look at the file, as the source takes four times a second.
    private func look(_ watch: inout FileWatch, _ path: String) -> [NodeUpdate] {
        watch.hasChanged(FileStamp(path: path)) ? watch.read(path) : []
    }

    private func node(_ name: String) -> String { "kind: Node\nmetadata: {name: \(name)}\n" }

    @Test("The file is told once, and again when another is put in its place")
    func replaced() throws {
        var watch = FileWatch()
        let path = try folder.write("nodes.yaml", node("a"))
        #expect(look(&watch, path) == [.snapshot([Node(name: "a")]), .live])
        #expect(look(&watch, path).isEmpty)
        try folder.write("nodes.yaml", node("b"))
        #expect(look(&watch, path) == [.snapshot([Node(name: "b")])])
        #expect(look(&watch, path).isEmpty)
    }

    @Test("A mounted ConfigMap, whose link to a folder is swapped, is told again")
    func linked() throws {
        var watch = FileWatch()
        for name in ["one", "two"] {
            try folder.makeFolder(name)
            try folder.write("\(name)/nodes.yaml", node(name))
        }
        try folder.link("..data", to: "one")
        try folder.link("nodes.yaml", to: "..data/nodes.yaml")
        let path = "\(folder.path)/nodes.yaml"
        #expect(look(&watch, path) == [.snapshot([Node(name: "one")]), .live])
        try folder.remove("..data")
        try folder.link("..data", to: "two")
        #expect(look(&watch, path) == [.snapshot([Node(name: "two")])])
    }

    @Test("A file that is missing is reported once, and told when it comes")
    func missing() throws {
        var watch = FileWatch()
        let path = "\(folder.path)/nodes.yaml"
        #expect(look(&watch, path) == [.disconnected(reason: "\(path): can't be read: No such file or directory")])
        #expect(look(&watch, path).isEmpty)
        try folder.write("nodes.yaml", node("a"))
        #expect(look(&watch, path) == [.snapshot([Node(name: "a")]), .live])
    }

    @Test("A malformed change is reported once and changes nothing until it is mended")
    func malformed() throws {
        var watch = FileWatch()
        let path = try folder.write("nodes.yaml", node("a"))
        #expect(look(&watch, path).count == 2)
        try folder.write("nodes.yaml", "kind: Node\nmetadata: 7\n")
        #expect(
            look(&watch, path) == [.disconnected(reason: "\(path):2: metadata: expected an object, found a number")])
        #expect(look(&watch, path).isEmpty)
        try folder.write("nodes.yaml", node("a"))
        #expect(look(&watch, path) == [.snapshot([Node(name: "a")]), .live])
    }

    @Test("A file written in place is read when it stayed the same from one look to the next")
    func inPlace() throws {
        var watch = FileWatch()
        let path = try folder.write("nodes.yaml", node("a"))
        var stamp = try #require(FileStamp(path: path))
        _ = look(&watch, path)
        var isRead: [Bool] = []
        for growth: Int64 in [1, 1, 0, 0] {
            stamp.size += growth
            isRead.append(watch.hasChanged(stamp))
        }
        // The last look asks again because nothing was read in this test.
        #expect(isRead == [false, false, true, true])
    }
}
