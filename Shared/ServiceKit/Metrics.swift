import Synchronization

/// The numbers of one process, rendered as Prometheus text.
///
/// Names carry their unit (`…_seconds`, `…_bytes`, `…_total`). Labels are bounded: a metric keeps
/// at most ``seriesLimit`` combinations of label values, and counts what comes after them under the
/// value `other`, so that no request can grow the registry.
public final class Metrics: Sendable {
    /// The largest number of label combinations of one metric.
    public static let seriesLimit = 200

    private let families = Mutex<[String: any MetricFamily]>([:])

    /// An empty registry.
    public init() {}

    /// A number that only rises; its name ends in `_total`.
    public func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
        return register(Counter(name: name, help: help, labels: labels))
    }

    /// A number that rises and falls.
    public func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        register(Gauge(name: name, help: help, labels: labels))
    }

    /// A gauge whose value is asked for when the metrics are read.
    public func observed(_ name: String, help: String, value: @escaping @Sendable () -> Double) {
        _ = register(ObservedGauge(name: name, help: help, value: value))
    }

    /// A distribution of durations in seconds; its name ends in `_seconds`.
    public func durations(
        _ name: String,
        help: String,
        labels: [String] = [],
        boundsSeconds: [Double] = DurationHistogram.defaultBoundsSeconds
    ) -> DurationHistogram {
        precondition(name.hasSuffix("_seconds"), "a histogram of durations ends in _seconds")
        return register(
            DurationHistogram(name: name, help: help, labels: labels, boundsSeconds: boundsSeconds)
        )
    }

    /// All metrics in the text format of Prometheus, ordered by name.
    public func text() -> String {
        let sorted = families.withLock { families in
            families.sorted { $0.key < $1.key }.map(\.value)
        }
        return sorted.map { $0.text() }.joined()
    }

    /// Asking twice for a metric gives the same one.
    private func register<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { families in
            guard let known = families[family.name] else {
                families[family.name] = family
                return family
            }
            guard let same = known as? Family else {
                preconditionFailure("the metric \(family.name) exists with another type")
            }
            return same
        }
    }
}

/// A metric with all its label combinations.
protocol MetricFamily: AnyObject, Sendable {
    var name: String { get }
    func text() -> String
}

/// Keeps one value per combination of label values, up to the limit.
struct LabeledSeries<Value> {
    private(set) var values: [[String]: Value] = [:]

    mutating func update(_ labels: [String], initial: Value, _ change: (inout Value) -> Void) {
        let isKnown = values[labels] != nil || values.count < Metrics.seriesLimit
        let key = isKnown ? labels : labels.map { _ in "other" }
        change(&values[key, default: initial])
    }

    var sorted: [(labels: [String], value: Value)] {
        values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (labels: $0.key, value: $0.value) }
    }
}

/// Text of the exposition format.
enum Exposition {
    static func header(_ name: String, help: String, type: String) -> String {
        "# HELP \(name) \(escape(help))\n# TYPE \(name) \(type)\n"
    }

    static func sample(_ name: String, _ labels: [(String, String)], _ value: Double) -> String {
        let pairs = labels.map { "\($0)=\"\(escape($1))\"" }.joined(separator: ",")
        return pairs.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(pairs)} \(number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        guard let whole = Int64(exactly: value) else { return "\(value)" }
        return String(whole)
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
            "\n",
            with: "\\n"
        )
    }
}
