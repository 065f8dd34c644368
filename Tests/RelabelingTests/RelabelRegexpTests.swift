import Relabeling
import Testing

@Suite struct RelabelRegexpTests {
    @Test(
        "What Go refuses is refused in its words, even where RE2 would take it",
        arguments: [
            (#"\C"#, #"invalid escape sequence: `\C`"#), (#"[\C]"#, #"invalid escape sequence: `\C`"#),
            ("(?P<é>a)", "invalid named capture: `(?P<é>`"), ("(?<é>a)", "invalid named capture: `(?<é>`"),
            ("(?<>a)", "invalid named capture: `(?<>`"), ("(?<n", "invalid named capture: `(?<n)$`"),
            ("(?<=a)b", "invalid named capture: `(?<=a)b)$`"), ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
            ("(?'n'a)", "invalid or unsupported Perl syntax: `(?'`"),
            ("a{99999999999}", "invalid repeat count: `{99999999999}`"), ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{0,1001}", "invalid repeat count: `{0,1001}`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a+?*", "invalid nested repetition operator: `+?*`"), ("a**", "invalid nested repetition operator: `**`"),
            ("((a{100}){10}){2}", "invalid repeat count: `{2}`"),
            ("|*", "missing argument to repetition operator: `*`"),
            ("(*)", "missing argument to repetition operator: `*`"),
            ("{1}", "missing argument to repetition operator: `{1}`"),
            ("abc(def", "missing closing ): `^(?s:abc(def)$`"), ("abc)def", "unexpected ): `^(?s:abc)def)$`"),
            (#"a\"#, #"missing closing ): `^(?s:a\)$`"#), (#"\Qab"#, #"missing closing ): `^(?s:\Qab)$`"#),
            ("[a", "missing closing ]: `[a)$`"), ("[z-a]", "invalid character class range: `z-a`"),
            (#"[a-\d]"#, #"invalid escape sequence: `\d`"#), ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            (#"\pé"#, #"invalid character class range: `\pé`"#),
            (#"\p{Foo}"#, #"invalid character class range: `\p{Foo}`"#),
            (#"\p{Greek"#, #"invalid character class range: `\p{Greek)$`"#),
            (#"\x{110000}"#, #"invalid escape sequence: `\x{110000`"#),
            (#"\x4g"#, #"invalid escape sequence: `\x4g`"#), (#"\x{}"#, #"invalid escape sequence: `\x{}`"#),
            (#"a\E"#, #"invalid escape sequence: `\E`"#), ("(?-)a", "invalid or unsupported Perl syntax: `(?-)`"),
            ("(?i--s)a", "invalid or unsupported Perl syntax: `(?i--`"),
            ("(?z)", "invalid or unsupported Perl syntax: `(?z`"),
        ])
    func refused(pattern: String, problem: String) {
        let error = #expect(throws: RegexpSyntaxError.self) { try RelabelRegexp(pattern) }
        #expect(error?.description == "error parsing regexp: \(problem)")
    }

    @Test("A pattern that nests or grows past Go's limits is refused")
    func limits() throws {
        let deep = String(repeating: "(", count: 1001) + String(repeating: ")", count: 1001)
        let large = String(repeating: "(?:a{1000}){1000}|", count: 4)
        #expect(throws: RegexpSyntaxError.self) { try RelabelRegexp(deep) }
        #expect(throws: RegexpSyntaxError.self) { try RelabelRegexp(large) }
        let wide = String(repeating: #"(?:\pL{1000})"#, count: 1)
        #expect(try RelabelRegexp(wide).matches(String(repeating: "é", count: 1000)))
    }

    @Test(
        "Groups are found as Go finds them",
        arguments: [
            ("(?<name>x)(?P<other>y)", "xy", ["xy", "x", "y"]), ("(.*)", "", ["", ""]), ("(.+)", "", nil),
            ("foo_(.*)", "foo_bar", ["foo_bar", "bar"]), ("foo_(.+)", "foo_", nil), ("(.+);", "a;;", ["a;;", "a;"]),
            ("(a)(.*)(é)", "abcé", ["abcé", "a", "bc", "é"]), ("((.*)b)", "aab", ["aab", "aab", "aa"]),
            ("(.*);(.*)", "a;b;c", ["a;b;c", "a;b", "c"]), ("(a)|(b)", "b", ["b", nil, "b"]),
            ("^foo$", "foo", ["foo"]), ("^(a|b)$", "b", ["b", "b"]), ("(?i)Foo", "fOO", ["fOO"]),
            ("a.c", "a\nc", ["a\nc"]), ("(?-s)a.*", "a\nc", nil), ("[.]", ".", ["."]), ("[.]", "x", nil),
            (#"\x{D800}"#, "\u{fffd}", nil), ("(?m)^a$", "a", ["a"]), (#"\Qa.b\E+"#, "a.bb", ["a.bb"]),
            ("()*x", "x", ["x", ""]), ("(?U)(a+)(a*)", "aaa", ["aaa", "a", "aa"]),
            // Escaping the anchors is legal, and then a part of the text will do.
            ("a)|(?:b", "abc", ["a"]), ("a)|(?:b", "cb", ["b"]), ("a)|(?:b", "bc", nil),
        ] as [(String, String, [String?]?)])
    func groups(pattern: String, text: String, groups: [String?]?) throws {
        let regexp = try RelabelRegexp(pattern)
        #expect(regexp.groups(in: text) == groups)
        #expect(regexp.matches(text) == (groups != nil))
    }

    @Test("What a pattern is matched with never shows", arguments: 0..<8)
    func randomAgreement(seed: Int) throws {
        var random = Random(seed: seed)
        for _ in 0..<250 {
            let pattern = random.pattern()
            let plain = try RelabelRegexp("(\(pattern))")
            let engine = try RelabelRegexp("(?:\\b|\\B)(\(pattern))")
            for _ in 0..<30 {
                let text = random.text()
                #expect(plain.matches(text) == engine.matches(text), "\(pattern) \(text)")
                #expect(plain.groups(in: text) == engine.groups(in: text), "\(pattern) \(text)")
            }
        }
    }

    @Test(
        "Patterns of literals and gaps mean without the engine what they mean with it",
        arguments: [
            "", "a", "abc", ".*", ".+", "a.*", ".*a", "a.+", ".+a", "a.*b", "a.+b", ".*a.*", ".+a.+", "a.*a", "a.*b.*a",
            ".+a.*b.+", "a|b", "a|b|", "a?", "(a|b)c", "a(b|c)(a|b)", "a.*|.*b", "ab|a.*c", "[ab]c", "[ab].*", ".*.*",
            ".*.+",
            "(.+)(.*)a", "^a$", "^a|b$", "a(?:b|.*)c", "(a.*|b)(a|.*c)", "(|a)b", "é.*a", ".+é", ".*é.+", "\\Qa\\E.*",
            "a{0}",
        ])
    func agreement(pattern: String) throws {
        let plain = try RelabelRegexp("(\(pattern))")
        // A word boundary or none, which only the engine understands and which says nothing.
        let engine = try RelabelRegexp("(?:\\b|\\B)(\(pattern))")
        let alphabet = ["a", "b", "c", "é"]
        var texts = [""]
        for _ in 0..<4 { texts += texts.flatMap { text in alphabet.map { text + $0 } } }
        for text in Set(texts) {
            #expect(plain.matches(text) == engine.matches(text), "\(text)")
            #expect(plain.groups(in: text) == engine.groups(in: text), "\(text)")
        }
    }
}
