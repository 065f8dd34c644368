import Addressing
import Testing

@Suite struct IPAddressTests {
    @Test(
        "One address in several spellings is one value, printed canonically",
        arguments: [
            ("10.0.0.5", "10.0.0.5"), ("::ffff:10.0.0.5", "10.0.0.5"), ("::FFFF:a00:5", "10.0.0.5"),
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:0DB8::1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("64:ff9b::10.0.0.5", "64:ff9b::a00:5"), ("fe80::1", "fe80::1"),
        ])
    func spellings(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
        #expect(IPAddress(canonical) == IPAddress(text))
    }

    @Test(
        "What another reader could take for a second address is no address",
        arguments: [
            "", "10", "10.5", "10.0.0", "10.0.0.256", "10.0.0.05", "0x0a.0.0.5", "10.0.0.5 ", " 10.0.0.5", "10.0.0.5.",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", ":1", "1:", "1:::2", "fe80::1%eth0", "[::1]",
            "12345::",
            "::g", "::10.0.0", "10.0.0.5::", "1:2:3:4:5:6:7:8::", "١.0.0.1",
        ])
    func refused(text: String) { #expect(IPAddress(text) == nil) }

    @Test(
        "Addresses that are never a kubelet's",
        arguments: [
            ("127.0.0.1", false), ("127.9.9.9", false), ("::1", false), ("0.0.0.0", false), ("::", false),
            ("169.254.1.1", false), ("fe80::1", false), ("febf::1", false), ("224.0.0.1", false), ("ff02::1", false),
            ("255.255.255.255", false), ("169.254.169.254", false), ("100.100.100.200", false),
            ("fd00:ec2::254", false), ("::ffff:127.0.0.1", false), ("10.0.0.5", true), ("fd00::5", true),
            ("192.0.2.1", true), ("2001:db8::1", true), ("fec0::1", true),
        ])
    func dialable(text: String, expected: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isDialable(allowLoopback: false) == expected)
        #expect(address.isDialable(allowLoopback: true) == (expected || address.isLoopback))
    }
}

@Suite struct HostAndPortTests {
    @Test(
        "A host and port as a URI spells them",
        arguments: [
            ("10.0.0.5:10250", "10.0.0.5:10250"), ("[2001:db8::1]:10250", "[2001:db8::1]:10250"),
            ("[::ffff:10.0.0.5]:1", "10.0.0.5:1"), ("Node-A:10250", "node-a:10250"), ("node-a", "node-a"),
            ("[::1]", "[::1]"), ("ip-10-0-0-5.eu.internal:80", "ip-10-0-0-5.eu.internal:80"),
        ])
    func accepted(text: String, canonical: String) { #expect(HostAndPort(text)?.description == canonical) }

    @Test(
        "Malformed",
        arguments: [
            "", ":10250", "node-a:", "node-a:0", "node-a:65536", "node-a:+1", "2001:db8::1", "2001:db8::1:10250",
            "[::1",
            "[::1]x:1", "[node-a]:1", "[10.0.0.5]:1", "10.5:1", "010.0.0.5:1", "0x7f.1:1", "u@node-a:1", "a b:1", "a/b",
            "node%2da:1", "10.0.0.5:１",
        ])
    func refused(text: String) { #expect(HostAndPort(text) == nil) }
}
