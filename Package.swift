// swift-tools-version: 6.2
import PackageDescription

// Targets are listed from the ground up: rules, Postgres, stores, edges, processes, tests.
// Dependencies point one way (see DESIGN.md); Tests/Tidy reads this file and the imports and fails
// on an arrow that points back.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let configuration: Target.Dependency = .product(
    name: "Configuration",
    package: "swift-configuration"
)
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)

func shared(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Shared/\(name)",
        resources: resources,
        swiftSettings: strict
    )
}

func service(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Services/\(name)",
        swiftSettings: strict
    )
}

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies,
        path: "Tests/\(name)Tests",
        exclude: exclude,
        swiftSettings: strict
    )
}

let package = Package(
    name: "payment-gateway",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Rules: pure values; only the standard library.
        shared("JSON"),
        shared("Money"),
        shared("Payments", ["JSON", "Money"]),
        shared("Ledger", ["Money", "Payments"]),

        // Postgres.
        .systemLibrary(
            name: "CPostgres",
            path: "Shared/CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        shared("Postgres", ["CPostgres", log]),

        // Stores: SQL lives here and nowhere else.
        shared("Schema", ["Postgres", crypto], resources: [.copy("Migrations")]),
        shared("EventStore", ["JSON", "Money", "Payments", "Postgres"]),
        shared("LedgerStore", ["Money", "Payments", "Ledger", "Postgres", "Projections"]),
        shared("CommandQueue", ["JSON", "Money", "Payments", "Postgres", log]),
        shared("Projections", ["JSON", "Money", "Payments", "Postgres", "EventStore", log]),

        // Edges.
        shared(
            "CardNetwork",
            ["JSON", "Money", "Payments", tls, httpClient, log] + nio
        ),
        shared("MerchantAPI", ["JSON", "Money", "Payments", "Ledger", crypto]),

        // Running a process.
        shared(
            "ServiceKit",
            ["JSON", "Postgres", hummingbird, configuration, lifecycle, log] + nio
        ),

        // Tests only.
        shared("TestKit", ["JSON", "Money", "Payments", "Ledger", "Postgres", "Schema", log]),

        // Processes.
        service(
            "Gateway",
            [
                "JSON", "Money", "Payments", "Ledger", "Postgres", "Schema", "EventStore",
                "LedgerStore", "CommandQueue", "Projections", "CardNetwork", "MerchantAPI",
                "ServiceKit", hummingbird, hummingbirdTLS, tls, crypto, certificates, asn1,
                arguments, configuration, lifecycle, log,
            ] + nio
        ),
        service(
            "Orchestrator",
            [
                "JSON", "Money", "Payments", "Ledger", "Postgres", "Schema", "EventStore",
                "LedgerStore", "CommandQueue", "Projections", "CardNetwork", "MerchantAPI",
                "ServiceKit", arguments, configuration, lifecycle, log,
            ]
        ),
        service(
            "Sandbox",
            [
                "JSON", "Money", "Payments", "CardNetwork", "ServiceKit", hummingbird,
                hummingbirdTLS, tls, crypto, certificates, asn1, arguments, configuration,
                lifecycle, log,
            ] + nio
        ),
        service(
            "Control",
            [
                "JSON", "Money", "Payments", "Ledger", "Postgres", "Schema", "EventStore",
                "LedgerStore", "CommandQueue", "Projections", "ServiceKit", httpClient,
                arguments, configuration, lifecycle, log,
            ]
        ),

        tests("JSON", ["JSON", "TestKit"]),
        tests("Money", ["Money", "TestKit"]),
        tests("Payments", ["JSON", "Money", "Payments", "TestKit"]),
        tests("Ledger", ["JSON", "Money", "Payments", "Ledger", "TestKit"]),
        tests("Postgres", ["Postgres", "TestKit", log]),
        tests("Schema", ["Postgres", "Schema", "Payments", "TestKit", log]),
        tests("LedgerStore", ["LedgerStore", "Ledger", "Money", "Payments", "Postgres", "Projections", "TestKit"]),
        tests(
            "CommandQueue",
            ["CommandQueue", "EventStore", "Projections", "JSON", "Money", "Payments", "Postgres", "TestKit", log]
        ),
        tests(
            "CardNetwork",
            ["CardNetwork", "JSON", "Money", "Payments", "TestKit", log] + nio,
            exclude: ["iso8583_peer.py"]
        ),
        tests("MerchantAPI", ["MerchantAPI", "JSON", "Money", "Payments", "Ledger"]),
        tests("ServiceKit", ["ServiceKit", "JSON", log]),
        tests("Gateway", ["Gateway", "MerchantAPI", "JSON", "Money", "Payments", "TestKit", hummingbird, .product(name: "HummingbirdTesting", package: "hummingbird"), log]),
        tests("Orchestrator", ["Orchestrator", "CommandQueue", "JSON", "Money", "Payments", "Ledger", "LedgerStore", "CardNetwork", "Postgres", "TestKit", log]),
        tests(
            "Sandbox",
            [
                "Sandbox", "CardNetwork", "JSON", "Money", "Payments", "ServiceKit", "TestKit",
                httpClient, lifecycle, log,
            ] + nio
        ),
        tests("Control", ["Control", "TestKit"]),
        tests("Tidy", []),
    ]
)
