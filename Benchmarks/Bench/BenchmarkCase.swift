/// One subject of the benchmark: it measures something and says what came out.
///
/// A case may make databases of its own on the server (``BenchmarkContext/makeDatabase(_:)``); the
/// stack's own database belongs to the cases that go through the gateway.
protocol BenchmarkCase: Sendable {
    /// What the case is called on the command line, such as `payments`.
    var name: String { get }

    /// One line about what is measured.
    var summary: String { get }

    /// Whether a quick run leaves the case out.
    var isForFullRunsOnly: Bool { get }

    /// Measures, and returns the figures in the order in which they are shown.
    func run(_ context: BenchmarkContext) async throws -> [Figure]
}

extension BenchmarkCase {
    var isForFullRunsOnly: Bool { false }
}

/// All cases, in the order in which they run.
enum BenchmarkCatalog {
    static let cases: [any BenchmarkCase] = [
        GrowthCase(stored: 10_000, isForFullRunsOnly: true),
        PaymentCases(),
        StoreCases(),
        WakeUpCase(),
        WebhookCase(),
        InstancesCase(),
        GrowthCase(stored: 1_000_000, isForFullRunsOnly: true),
        OverloadCase(),
    ]

    /// Runs last, and only when it is asked for.
    static let tenMillionStored: any BenchmarkCase =
        GrowthCase(stored: 10_000_000, isForFullRunsOnly: true)
}
