/// Something whose rate is compared with tpcb-like.
struct Measurement: Sendable {
    /// Unique among those that are measured together.
    let name: String

    /// Works for about so many seconds and returns how many a second were done.
    let rate: @Sendable (_ seconds: Double) async throws -> Double

    init(_ name: String, rate: @escaping @Sendable (_ seconds: Double) async throws -> Double) {
        self.name = name
        self.rate = rate
    }
}

/// The rounds of one measurement, each with the tpcb-like rate of the same minute.
struct Rounds: Sendable, Equatable {
    /// Per second, one for each round.
    private(set) var rates: [Double] = []
    /// Transactions a second of tpcb-like, the mean of the runs before and after each round.
    private(set) var baselines: [Double] = []

    mutating func add(rate: Double, baseline: Double) {
        rates.append(rate)
        baselines.append(baseline)
    }

    var value: Spread { Spread(rates) }

    /// Each round is divided by its own neighbours, so that a slow minute is slow for both.
    var ratio: Spread { Spread(zip(rates, baselines).map { $0 / $1 }) }

    /// The figure that these rounds make.
    func figure(
        _ name: String,
        _ title: String,
        unit: String = "1/s",
        target: Target? = nil
    ) -> Figure {
        Figure(name, title, unit: unit, value: value, ratio: ratio, target: target)
    }
}

extension BenchmarkContext {
    /// Measures all in turns, with tpcb-like before, between and after the rounds.
    ///
    /// A round is: tpcb-like, then each measurement once. After the last round tpcb-like runs once
    /// more, so that every round lies between two runs of it.
    func interleaved(_ measurements: [Measurement]) async throws -> [String: Rounds] {
        var all: [String: Rounds] = [:]
        var before = try await baseline()
        for round in 1...plan.rounds {
            var rates: [(String, Double)] = []
            for measurement in measurements {
                let rate = try await measurement.rate(plan.roundSeconds)
                progress.say(
                    "  round \(round)/\(plan.rounds)  \(measurement.name): "
                        + "\(Decimals.text(rate))/s"
                )
                rates.append((measurement.name, rate))
            }
            let after = try await baseline()
            for (name, rate) in rates {
                all[name, default: Rounds()].add(rate: rate, baseline: (before + after) / 2)
            }
            before = after
        }
        return all
    }

    /// One run of tpcb-like, in transactions a second.
    func baseline() async throws -> Double {
        let rate = try await pgbench.transactionsPerSecond(for: plan.baselineSeconds)
        progress.say("  tpcb-like: \(Decimals.text(rate))/s")
        await baselines.add(rate)
        return rate
    }
}
