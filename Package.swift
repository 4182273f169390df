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
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(
    name: "HummingbirdCore",
    package: "hummingbird"
)
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(
    name: "HummingbirdTesting",
    package: "hummingbird"
)
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let configuration: Target.Dependency = .product(
    name: "Configuration",
    package: "swift-configuration"
)
let xml: Target.Dependency = .product(name: "XMLCoder", package: "XMLCoder")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let unixSignals: Target.Dependency = .product(
    name: "UnixSignals",
    package: "swift-service-lifecycle"
)
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

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

func benchmark(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Benchmarks/\(name)",
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
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/CoreOffice/XMLCoder", from: "0.18.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Rules: pure values; only the standard library.
        shared("JSON"),
        shared("Money"),
        shared("Calendar", ["Money"]),
        shared("Payments", ["JSON", "Money"]),
        shared("Ledger", ["Money", "Payments"]),
        shared("Webhooks", ["JSON", "Money"]),

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
        shared("Projections", ["EventStore", "JSON", "Money", "Payments", "Postgres", log]),
        shared(
            "LedgerStore",
            ["EventStore", "Ledger", "Money", "Payments", "Postgres", "Projections"]
        ),
        shared(
            "SettlementStore",
            [
                "Calendar", "EventStore", "JSON", "Ledger", "LedgerStore", "Money", "Payments",
                "Postgres", "Projections",
            ]
        ),
        shared(
            "WebhookStore",
            ["EventStore", "JSON", "Money", "Payments", "Postgres", "Projections", "Webhooks"]
        ),
        shared(
            "PayoutStore",
            [
                "Calendar", "EventStore", "JSON", "Ledger", "LedgerStore", "Money", "Payments",
                "Postgres", "Projections",
            ]
        ),
        shared("CommandQueue", ["JSON", "Money", "Payments", "Postgres", log]),
        shared(
            "ReconciliationStore",
            [
                "EventStore", "JSON", "Ledger", "LedgerStore", "Money", "Payments", "Postgres",
                "PayoutStore", "Projections", "Schema", "SettlementStore", crypto, log,
            ]
        ),

        // Edges.
        shared("CardNetwork", ["JSON", "Money", "Payments", tls, httpClient, log] + nio),
        shared("MerchantAPI", ["JSON", "Money", "Payments", crypto]),
        shared("BankMessages", ["Calendar", "Money", xml]),
        shared("ClearingFile", ["Calendar", "Money"]),

        // Running a process.
        shared(
            "ServiceKit",
            ["Money", "Postgres", hummingbird, configuration, lifecycle, log] + nio
        ),

        shared(
            "ServerCertificates",
            ["ServiceKit", asn1, certificates, crypto, tls]
        ),

        // Tests only.
        shared("TestKit", ["Money", "Postgres", "Schema", log]),

        // Processes.
        service(
            "Settlement",
            [
                "CardNetwork", "ClearingFile", "Money", "Payments", "Postgres", "Schema",
                "ServiceKit", "SettlementStore", httpClient, lifecycle, log, tls,
            ] + nio
        ),
        service(
            "Payout",
            [
                "BankMessages", "Calendar", "JSON", "Money", "Payments", "PayoutStore", "Postgres",
                "Schema", "ServiceKit", httpClient, lifecycle, log, tls,
            ] + nio
        ),
        service(
            "Sandbox",
            [
                "BankMessages", "Calendar", "CardNetwork", "ClearingFile", "JSON", "Money",
                "Payments", "ServerCertificates", "ServiceKit", crypto, hummingbird,
                hummingbirdTLS, lifecycle, log, tls,
            ] + nio
        ),
        service(
            "Orchestrator",
            [
                "CardNetwork", "CommandQueue", "EventStore", "JSON", "Ledger", "LedgerStore",
                "MerchantAPI", "Money", "Payments", "Postgres", "Projections", "Schema",
                "ServiceKit", lifecycle, log,
            ]
        ),
        service(
            "Gateway",
            [
                "CardNetwork", "CommandQueue", "EventStore", "JSON", "Ledger", "LedgerStore",
                "MerchantAPI", "Money", "Payments", "Postgres", "Projections", "Schema",
                "ServerCertificates", "ServiceKit", "WebhookStore", "Webhooks", crypto, hummingbird,
                hummingbirdCore, hummingbirdTLS, lifecycle, log, tls,
            ] + nio
        ),
        service(
            "Webhook",
            [
                "CommandQueue", "EventStore", "JSON", "MerchantAPI", "Money", "Payments",
                "Postgres", "Projections", "Schema", "ServiceKit", "WebhookStore", "Webhooks",
                lifecycle, log, nioTLS, tls,
            ] + nio
        ),
        service(
            "Control",
            [
                "EventStore", "JSON", "LedgerStore", "Money", "Payments", "Postgres",
                "Projections", "Schema", "ServiceKit", arguments, httpClient, lifecycle, log,
            ] + nio
        ),

        // Measures a stack of its own; nothing depends on it.
        .systemLibrary(name: "CPoller", path: "Benchmarks/CPoller"),
        benchmark(
            "Bench",
            [
                "CPoller", "CommandQueue", "EventStore", "JSON", "Ledger", "LedgerStore",
                "MerchantAPI", "Money", "Payments", "Postgres", "Projections", "Schema", arguments,
                histogram, httpClient, log, unixSignals,
            ] + nio
        ),
        service(
            "Reconciliation",
            [
                "JSON", "Ledger", "Money", "Payments", "Postgres", "ReconciliationStore", "Schema",
                "ServiceKit", arguments, httpClient, lifecycle, log,
            ] + nio
        ),

        // Tests. Those that drive the whole system from outside are in Tests/EndToEnd.
        tests("JSON", ["JSON", "TestKit"]),
        tests(
            "SettlementStore",
            [
                "EventStore", "JSON", "Ledger", "LedgerStore", "Money", "Payments", "Postgres",
                "SettlementStore", "TestKit",
            ]
        ),
        tests("Money", ["Money", "TestKit"]),
        tests("BankMessages", ["BankMessages", "Calendar", "Money"]),
        tests("Calendar", ["Calendar", "Money", "TestKit"]),
        tests("ClearingFile", ["ClearingFile", "Money", "TestKit"]),
        tests("Webhooks", ["JSON", "Money", "TestKit", "Webhooks"]),
        tests(
            "WebhookStore",
            ["JSON", "Money", "Payments", "Postgres", "TestKit", "WebhookStore", "Webhooks"]
        ),
        tests(
            "Webhook",
            ["MerchantAPI", "Money", "Payments", "Webhook", "WebhookStore", "Webhooks"] + nio
        ),
        tests("Payments", ["JSON", "Money", "Payments", "TestKit"]),
        tests("Payout", ["Payout", "PayoutStore", log]),
        tests(
            "PayoutStore",
            [
                "EventStore", "JSON", "Ledger", "LedgerStore", "Money", "Payments", "PayoutStore",
                "Postgres", "Projections", "TestKit",
            ]
        ),
        tests("Ledger", ["JSON", "Ledger", "Money", "Payments", "TestKit"]),
        tests("Postgres", ["Postgres", "TestKit", log]),
        tests("Schema", ["Payments", "Postgres", "Schema", "TestKit"]),
        tests(
            "LedgerStore",
            ["Ledger", "LedgerStore", "Money", "Payments", "Postgres", "Projections", "TestKit"]
        ),
        tests(
            "CommandQueue",
            [
                "CommandQueue", "EventStore", "JSON", "Money", "Payments", "Postgres", "TestKit",
                log,
            ]
        ),
        tests(
            "CardNetwork",
            ["CardNetwork", "JSON", "Money", "Payments", "TestKit", log] + nio,
            exclude: ["iso8583_peer.py"]
        ),
        tests("MerchantAPI", ["JSON", "MerchantAPI", "Money", "Payments"]),
        tests("ServiceKit", ["ServiceKit", hummingbird, hummingbirdTesting, log] + nio),
        tests(
            "Sandbox",
            [
                "BankMessages", "Calendar", "CardNetwork", "JSON", "Money", "Payments", "Sandbox",
                "ServiceKit", httpClient,
                lifecycle, log, tls,
            ] + nio
        ),
        tests(
            "Orchestrator",
            [
                "CardNetwork", "CommandQueue", "EventStore", "JSON", "Money", "Orchestrator",
                "Payments", "Postgres", "Projections", "ServiceKit", "TestKit", log,
            ]
        ),
        tests(
            "Gateway",
            [
                "CardNetwork", "CommandQueue", "EventStore", "Gateway", "JSON", "MerchantAPI",
                "Money", "Payments", "Postgres", "Projections", "ServiceKit", "TestKit", "Webhooks",
                hummingbird, hummingbirdTesting, lifecycle, log, nioEmbedded, tls,
            ] + nio
        ),
        tests("Bench", ["Bench", "Postgres", "TestKit"]),
        tests("Control", ["Control", "Postgres", "ServiceKit", "TestKit", lifecycle, log]),
        tests(
            "Reconciliation",
            [
                "JSON", "Ledger", "Money", "Payments", "Postgres", "Reconciliation",
                "ReconciliationStore",
                "TestKit", log,
            ]
        ),
        tests("Tidy", [crypto], exclude: ["migrations.sha256"]),
    ]
)
