// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order in which they may import one another: a target imports only targets above it.
// `Tests/run` builds with --explicit-target-dependency-import-check error, which holds the sources to this list.
let package = Package(
    name: "kubelet-relabel-proxy",
    products: [
        .executable(name: "kubelet-relabel-proxy", targets: ["kubelet-relabel-proxy"]),
        .executable(name: "kubelet-load-test", targets: ["kubelet-load-test"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The only C. Each is a module map and one shim header.
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .target(
            name: "CRE2", cxxSettings: [.unsafeFlags(["-std=c++17"])],
            linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]),

        // Values and tools that know nothing of a scrape.
        .room("CommandLineTool", [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .room("Addressing"),
        .room("Instrumentation"),
        .room("EventLoop", ["Addressing", "CEpoll"]),
        .room("TLS", ["COpenSSL"]),
        .room("HTTP", ["Addressing"]),
        .room("HTTP2", ["CNghttp2"]),
        .room(
            "Certificates",
            [
                "Addressing", "TLS", .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"), .product(name: "Crypto", package: "swift-crypto"),
            ]),

        // What a scrape walks through.
        .room("Connections", ["Addressing", "EventLoop", "TLS", "HTTP", "CCurl", "COpenSSL"]),
        .room("Relabeling", ["CRE2", .product(name: "Crypto", package: "swift-crypto")]),
        .room("Discovery", ["Addressing", "CCurl", "Yams", .product(name: "Logging", package: "swift-log")]),
        .room("Identity", ["Addressing", "Discovery"]),
        .room("Exposition", ["Relabeling", "CISAL"]),
        .room("Settings", ["Addressing", "Certificates", "Relabeling", "Yams"]),
        .room("Listening", ["Addressing", "EventLoop", "TLS", "HTTP", "HTTP2"]),
        .room("Scraping", ["Addressing", "EventLoop", "HTTP", "Connections"]),
        .room(
            "Proxy",
            [
                "Addressing", "Instrumentation", "EventLoop", "TLS", "HTTP", "HTTP2", "Certificates", "Connections",
                "Relabeling", "Discovery", "Identity", "Exposition", "Settings", "Listening", "Scraping",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "kubelet-relabel-proxy",
            dependencies: [
                "CommandLineTool", "Addressing", "EventLoop", "HTTP", "Certificates", "Discovery", "Identity",
                "Relabeling", "Exposition", "Settings", "Proxy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: .strict),

        // The fake cluster: tests, quickstart and load test use the same one.
        .room(
            "FakeCluster",
            [
                "Addressing", "EventLoop", "TLS", "HTTP2", "Certificates", "CISAL",
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "kubelet-load-test",
            dependencies: [
                "CommandLineTool", "Addressing", "EventLoop", "HTTP", "Connections", "FakeCluster", "CSpawn", "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: .strict),

        .tests("Addressing"),
        .tests("Instrumentation"),
        .tests("EventLoop", ["Addressing"]),
        .tests("HTTP", ["Addressing"]),
        .tests("HTTP2", ["CNghttp2"]),
        .tests(
            "Certificates",
            [
                "Addressing", "TLS", .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .tests("Connections", ["Addressing", "EventLoop", "TLS", "HTTP", "Certificates"]),
        .tests("Listening", ["Addressing", "EventLoop", "HTTP"]),
        .tests("Relabeling"),
        .tests("Discovery", ["Addressing"]),
        .tests("Identity", ["Addressing", "Discovery"]),
        .tests("Exposition", ["Relabeling"]),
        .tests("Settings", ["Addressing", "Certificates", "Relabeling"]),
        .tests("FakeCluster", ["Addressing", "EventLoop", "TLS", "HTTP"]),
        .tests(
            "Proxy",
            [
                "Addressing", "EventLoop", "HTTP", "CNghttp2", "TLS", "Certificates", "Relabeling", "Discovery",
                "Identity",
                "Exposition", "Settings", "Scraping", "FakeCluster",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .tests("kubelet-load-test", ["Addressing", "EventLoop", "FakeCluster"]),
    ]
)

// Built with flags of their own, by `Tests/fuzz`; nobody else pays for them.
if Context.environment["KRP_FUZZ"] == "1" { package.targets += .fuzzing }

extension Target {
    /// A room of the house: a Swift target with the strict flags.
    static func room(_ name: String, _ dependencies: [Dependency] = []) -> Target {
        .target(name: name, dependencies: dependencies, swiftSettings: .strict)
    }

    static func tests(_ room: String, _ dependencies: [Dependency] = []) -> Target {
        .testTarget(
            name: "\(room)Tests", dependencies: [.target(name: room)] + dependencies, swiftSettings: .strict)
    }

    /// What fuzzers share.
    static func fuzzing(_ name: String, _ dependencies: [Dependency]) -> Target {
        .target(
            name: name, dependencies: dependencies, path: "Tests/Fuzzing/\(name)", swiftSettings: .strict)
    }

    static func fuzzer(_ subject: String, _ dependencies: [Dependency]) -> Target {
        .executableTarget(
            name: "Fuzz\(subject)", dependencies: ["Fuzzing"] + dependencies, path: "Tests/Fuzzing/Fuzz\(subject)",
            swiftSettings: .strict)
    }
}

extension [Target] {
    static var fuzzing: [Target] {
        let tools: [Target] = [
            .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
            .fuzzing("Fuzzing", ["CLibFuzzer"]),
            .fuzzing("Rewriting", ["Fuzzing", "Relabeling", "Exposition"]),
        ]
        return tools + [
            .fuzzer("HTTP", ["HTTP", "Addressing"]),
            .fuzzer("Text", ["Rewriting", "Exposition"]),
            .fuzzer("OpenMetrics", ["Rewriting", "Exposition"]),
            .fuzzer("Protobuf", ["Rewriting", "Exposition", "Relabeling"]),
            .fuzzer("Gzip", ["Exposition"]),
            .fuzzer("Relabeling", ["Relabeling"]),
            .fuzzer("Settings", ["Settings"]),
        ]
    }
}

extension [SwiftSetting] {
    // Computed: a stored global below `let package` would still be empty when the manifest reads it.
    static var strict: [SwiftSetting] {
        [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("ImmutableWeakCaptures"),
            .strictMemorySafety(),
            .treatAllWarnings(as: .error),
        ]
    }
}
