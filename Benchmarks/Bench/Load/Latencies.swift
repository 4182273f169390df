import Histogram

/// How long requests took, in microseconds, in a histogram with three significant digits.
struct Latencies: Sendable {
    /// What takes longer counts as this long; every timeout of the product is shorter.
    static let highestMicroseconds: UInt64 = 60_000_000

    private var histogram = Histogram<UInt32>(
        highestTrackableValue: highestMicroseconds,
        numberOfSignificantValueDigits: .three
    )

    var count: Int { Int(histogram.totalCount) }

    mutating func record(nanoseconds: UInt64) {
        histogram.record(min(max(nanoseconds / 1_000, 1), Self.highestMicroseconds))
    }

    /// The figures that are reported, in milliseconds.
    var summary: Summary {
        guard histogram.totalCount > 0 else { return Summary() }
        func milliseconds(_ percentile: Double) -> Double {
            Double(histogram.valueAtPercentile(percentile)) / 1_000
        }
        return Summary(
            p50: milliseconds(50),
            p90: milliseconds(90),
            p99: milliseconds(99),
            p999: milliseconds(99.9),
            highest: Double(histogram.max) / 1_000
        )
    }

    /// Percentiles in milliseconds.
    struct Summary: Sendable, Equatable, Codable {
        var p50 = 0.0
        var p90 = 0.0
        var p99 = 0.0
        var p999 = 0.0
        var highest = 0.0
    }
}
