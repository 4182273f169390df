/// The results as a table for people.
struct ResultsTable: Sendable {
    private let results: Results

    private let ratioTitle: String
    private let explanation: String?

    /// A table whose ratios are to tpcb-like, or to what is explained.
    init(_ results: Results, ratioTitle: String = "ratio", explanation: String? = nil) {
        self.results = results
        self.ratioTitle = ratioTitle
        self.explanation = explanation
    }

    /// Figure, ratio, target, and the absolute figure of this machine, in columns.
    var text: String {
        let head = ["figure", ratioTitle, "target", "", "on this machine (lowest to highest)"]
        let rows = results.figures.map(Self.row)
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([head] + rows).map { row in
            zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            .joined(separator: "  ")
        }
        let rule = String(repeating: "-", count: lines[0].count)
        return (heading + [rule, lines[0], rule] + lines.dropFirst() + [rule] + verdict)
            .map(Self.withoutTrailingSpaces).joined(separator: "\n")
    }

    private var heading: [String] {
        let conditions = results.conditions
        var lines = [
            "\(conditions.processor), \(conditions.processors) processors, "
                + "\(conditions.memoryMegabytes) MB; \(conditions.system); \(conditions.server)",
            "commit \(conditions.commit), seed \(results.plan.seed), "
                + "\(results.plan.rounds) rounds of \(Decimals.text(results.plan.roundSeconds)) s"
                + (results.plan.isQuick ? ", quick" : ""),
        ]
        if let explanation {
            lines.append(explanation)
        } else if let baseline = results.baseline {
            lines.append(
                "1.0 is pgbench -b tpcb-like at scale \(Pgbench.scale), \(Pgbench.clients) "
                    + "clients, prepared: here \(Self.amount(baseline, "1/s"))"
            )
        }
        return lines
    }

    private var verdict: [String] {
        results.problems.isEmpty
            ? ["The books, the events and the network's log agree."]
            : ["Something is wrong:"] + results.problems.map { "  " + $0 }
    }

    private static func row(_ figure: Figure) -> [String] {
        [
            figure.title,
            figure.ratio.map { Decimals.text($0.median) + "×" } ?? "",
            figure.target.map { bound($0, figure.unit) } ?? "",
            figure.isMet.map { $0 ? "met" : "missed" } ?? "",
            amount(figure.value, figure.unit),
        ]
    }

    private static func bound(_ target: Target, _ unit: String) -> String {
        let sign = target.direction == .atLeast ? "≥ " : "≤ "
        switch target.subject {
        case .ratio: return sign + Decimals.text(target.bound) + "×"
        case .value: return sign + quantity(Decimals.text(target.bound), unit)
        }
    }

    private static func amount(_ spread: Spread, _ unit: String) -> String {
        let median = quantity(Decimals.text(spread.median), unit)
        guard spread.rounds.count > 1 else { return median }
        return "\(median) (\(Decimals.text(spread.lowest)) to \(Decimals.text(spread.highest)))"
    }

    /// `412/s`, `9.80 ms`.
    private static func quantity(_ number: String, _ unit: String) -> String {
        unit == "1/s" ? number + "/s" : unit.isEmpty ? number : "\(number) \(unit)"
    }

    private static func withoutTrailingSpaces(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
