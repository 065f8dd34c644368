import Testing

@testable import Discovery

@Suite struct JSONScannerTests {
    @Test(
        "Strings are decoded",
        arguments: [
            (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e4ä""#, "ää"),
            (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{fffd}"), (#""\ude00x""#, "\u{fffd}x"), (#" null "#, ""),
            (#""\ud83d\u0041""#, "\u{fffd}A"),
        ])
    func strings(json: String, expected: String) throws {
        var scanner = JSONScanner(Array(json.utf8))
        #expect(try scanner.string("") == expected)
    }

    @Test(
        "What is no string is refused with what was found",
        arguments: [
            ("1", "expected a string, found a number"), ("-1", "expected a string, found a number"),
            ("true", "expected a string, found a boolean"), ("{}", "expected a string, found an object"),
            ("[]", "expected a string, found a list"), ("", "the text ends in the middle"),
            ("  ", "the text ends in the middle"), ("x", "expected a string, found malformed JSON"),
            ("\"a", "the text ends inside a string"), ("\"a\\\"", "the text ends inside a string"),
            ("\"\\", "the text ends inside a string"), ("\"\\x\"", "malformed JSON: unknown escape"),
            ("\"\\u00\"", "malformed JSON: expected four hexadecimal digits"),
            ("\"\\u+123\"", "malformed JSON: expected four hexadecimal digits"),
            ("\"a\nb\"", "malformed JSON: a control character in a string has to be escaped"),
        ])
    func noStrings(json: String, problem: String) {
        var scanner = JSONScanner(Array(json.utf8))
        #expect { try scanner.string("p") } throws: { ($0 as? JSONScanner.Failure)?.problem == problem }
    }

    @Test(
        "Whole numbers", arguments: [("0", 0), ("10250", 10250), ("-3", -3), ("null", 0), (" 7,", 7), ("7}", 7)])
    func integers(json: String, expected: Int) throws {
        var scanner = JSONScanner(Array(json.utf8))
        #expect(try scanner.integer("") == expected)
    }

    @Test(
        "What is no whole number is refused",
        arguments: ["1.5", "1e3", "\"1\"", "true", "99999999999999999999", "-", "{}"])
    func noIntegers(json: String) {
        var scanner = JSONScanner(Array(json.utf8))
        #expect(throws: JSONScanner.Failure.self) { try scanner.integer("") }
    }

    @Test(
        "Skipping ends exactly behind the value",
        arguments: [
            "1", "-1.5e3", "true", "null", "\"a\"", #""\"""#, #""\\""#, "{}", "[]", #"{"a":[1,{"b":"]}"}],"c":{}}"#,
            #"[[[["\\\"["]]]]"#, "[ ]", "{ \"a\" : 1 }",
        ])
    func skipping(json: String) throws {
        var scanner = JSONScanner(Array((json + ",7").utf8))
        try scanner.skip()
        #expect(scanner.position == json.utf8.count)
    }

    @Test(
        "Skipping something unfinished or unbalanced fails",
        arguments: ["", "{", "[1,", "\"a", "[}", "{]", "[{]}", "]", ",", "[\"\\"])
    func noSkipping(json: String) {
        var scanner = JSONScanner(Array(json.utf8))
        #expect(throws: JSONScanner.Failure.self) { try scanner.skip() }
    }

    @Test("Deep nesting is skipped without using the stack")
    func depth() throws {
        let depth = 1_000_000
        var scanner = JSONScanner(
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth))
        try scanner.skip()
        #expect(scanner.peek() == nil)
    }

    @Test("Members are walked with any white space and any nesting")
    func members() throws {
        var scanner = JSONScanner(Array(" {\n\"a\" : { } ,\t\"b\":[ 1 , 2],\"c\":{\"d\":null}}\r\n ".utf8))
        var seen: [String] = []
        #expect(try scanner.enterObject(""))
        while let key = try scanner.nextKey() {
            seen.append(key)
            switch key {
            case "a":
                #expect(try scanner.enterObject(""))
                #expect(try scanner.nextKey() == nil)
            case "b":
                #expect(try scanner.enterArray(""))
                while try scanner.nextElement() { seen.append("\(try scanner.integer(""))") }
            default:
                #expect(try scanner.enterObject(""))
                #expect(try scanner.nextKey() == "d")
                #expect(try scanner.enterObject("") == false)
                #expect(try scanner.nextKey() == nil)
            }
        }
        #expect(seen == ["a", "b", "1", "2", "c"])
        #expect(scanner.peek() == nil)
    }

    @Test(
        "Malformed members are refused",
        arguments: [
            "{1:2}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1,}", "{\"a\":}", "{\"a\":1", "{,}", "{\"a\":1]",
        ])
    func malformedMembers(json: String) {
        #expect(throws: JSONScanner.Failure.self) {
            var scanner = JSONScanner(Array(json.utf8))
            _ = try scanner.enterObject("")
            while try scanner.nextKey() != nil { try scanner.skip() }
        }
    }
}
