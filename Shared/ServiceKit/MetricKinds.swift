import Synchronization

/// A number that only rises.
public final class Counter: MetricFamily {
    let name: String
    private let help: String
    private let labels: [String]
    private let series = Mutex(LabeledSeries<Int64>())

    init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        self.labels = labels
        if labels.isEmpty { increment(by: 0) }
    }

    /// Adds to the number; label values come in the order in which the labels were declared.
    public func increment(by amount: Int = 1, _ values: String...) {
        precondition(values.count == labels.count, "\(name) has \(labels.count) labels")
        precondition(amount >= 0, "a counter only rises")
        series.withLock { $0.update(values, initial: 0) { $0 += Int64(amount) } }
    }

    func text() -> String {
        let samples = series.withLock { $0.sorted }
        return Exposition.header(name, help: help, type: "counter")
            + samples.map { sample in
                Exposition.sample(name, Array(zip(labels, sample.labels)), Double(sample.value))
            }.joined()
    }
}

/// A number that rises and falls.
public final class Gauge: MetricFamily {
    let name: String
    private let help: String
    private let labels: [String]
    private let series = Mutex(LabeledSeries<Double>())

    init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        self.labels = labels
    }

    /// Sets the number.
    public func set(_ value: Double, _ values: String...) {
        precondition(values.count == labels.count, "\(name) has \(labels.count) labels")
        series.withLock { $0.update(values, initial: 0) { $0 = value } }
    }

    /// Adds to the number; a negative amount takes away.
    public func add(_ amount: Double, _ values: String...) {
        precondition(values.count == labels.count, "\(name) has \(labels.count) labels")
        series.withLock { $0.update(values, initial: 0) { $0 += amount } }
    }

    func text() -> String {
        let samples = series.withLock { $0.sorted }
        return Exposition.header(name, help: help, type: "gauge")
            + samples.map { sample in
                Exposition.sample(name, Array(zip(labels, sample.labels)), sample.value)
            }.joined()
    }
}

/// A gauge whose value is asked for when the metrics are read.
final class ObservedGauge: MetricFamily {
    let name: String
    private let help: String
    private let value: @Sendable () -> Double

    init(name: String, help: String, value: @escaping @Sendable () -> Double) {
        self.name = name
        self.help = help
        self.value = value
    }

    func text() -> String {
        Exposition.header(name, help: help, type: "gauge") + Exposition.sample(name, [], value())
    }
}

/// A distribution of durations.
public final class DurationHistogram: MetricFamily {
    /// Bounds from half a millisecond to ten seconds.
    public static let defaultBoundsSeconds: [Double] = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct Distribution {
        var counts: [Int64]
        var sumSeconds: Double = 0
    }

    let name: String
    private let help: String
    private let labels: [String]
    private let boundsSeconds: [Double]
    private let series = Mutex(LabeledSeries<Distribution>())

    init(name: String, help: String, labels: [String], boundsSeconds: [Double]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.boundsSeconds = boundsSeconds.sorted()
    }

    /// Records one duration.
    public func record(_ duration: Duration, _ values: String...) {
        precondition(values.count == labels.count, "\(name) has \(labels.count) labels")
        let seconds = duration / .seconds(1)
        let slot = boundsSeconds.firstIndex { seconds <= $0 } ?? boundsSeconds.count
        let empty = Distribution(counts: Array(repeating: 0, count: boundsSeconds.count + 1))
        series.withLock { series in
            series.update(values, initial: empty) { distribution in
                distribution.counts[slot] += 1
                distribution.sumSeconds += seconds
            }
        }
    }

    func text() -> String {
        let samples = series.withLock { $0.sorted }
        var text = Exposition.header(name, help: help, type: "histogram")
        for (values, distribution) in samples {
            let pairs = Array(zip(labels, values))
            var total: Int64 = 0
            for (bound, count) in zip(boundsSeconds + [.infinity], distribution.counts) {
                total += count
                text += Exposition.sample(
                    "\(name)_bucket",
                    pairs + [("le", Exposition.number(bound))],
                    Double(total)
                )
            }
            text += Exposition.sample("\(name)_sum", pairs, distribution.sumSeconds)
            text += Exposition.sample("\(name)_count", pairs, Double(total))
        }
        return text
    }
}
