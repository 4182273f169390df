/// localstripe: the same request to create and confirm a payment, sent to it and to our gateway.
///
/// The work differs to its advantage: it keeps everything in memory, flushes nothing to the disk,
/// keeps no books and asks no card network. Our load also has declined cards and repetitions.
struct LocalstripeCase: BenchmarkCase {
    let name = "localstripe"
    let summary = "create and confirm, with nothing and with 500 payments stored"

    /// The payments of the filled store.
    static let stored = 500

    let program: PeerProgram

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let rounds = try await context.interleaved([
            Measurement("localstripe.own") { seconds in
                try await context.load.run(context.closedLoop(.payment, seconds)).perSecond
            },
            Measurement("localstripe.empty") { _ in try await program.rate(name, ["0"]) },
            Measurement("localstripe.stored") { _ in
                try await program.rate(name, [String(Self.stored)])
            },
        ])
        guard let own = rounds["localstripe.own"], let empty = rounds["localstripe.empty"],
            let stored = rounds["localstripe.stored"]
        else { return [] }
        return [
            Figure(
                "peer.localstripe.own",
                "this gateway: payment created, confirmed and captured",
                unit: "1/s",
                value: own.value
            ),
            Figure(
                "peer.localstripe.empty",
                "localstripe, empty store: created and confirmed",
                unit: "1/s",
                value: empty.value,
                ratio: own.times(empty),
                target: .atLeast(ratio: 30)
            ),
            Figure(
                "peer.localstripe.stored",
                "localstripe, \(Self.stored) payments stored: created and confirmed",
                unit: "1/s",
                value: stored.value,
                ratio: own.times(stored),
                target: .atLeast(ratio: 200)
            ),
        ]
    }
}
