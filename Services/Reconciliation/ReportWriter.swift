import Foundation
import JSON
import Money
import ReconciliationStore

/// Writes a run's report: to a file in one step, or to standard output.
struct ReportWriter: Sendable {
    let format: ReportFormat
    let path: String?

    func write(_ report: RunReport) throws {
        let text =
            switch format {
            case .json: String(decoding: report.document.prettyPrinted(), as: UTF8.self)
            case .text: Self.text(report)
            }
        guard let path else { return Console().say(text) }
        do {
            // Written beside it and renamed: a reader sees all of it or what was there before.
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Ended(.internalError, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// The report for people.
    static func text(_ report: RunReport) -> String {
        var lines = [
            "run \(report.runID.map(String.init) ?? "-"), \(report.extent.rawValue), "
                + "\(report.rowsChecked) rows"
        ]
        for check in report.checks {
            lines.append(
                "\(check.name.rawValue): \(check.rows) rows, \(check.findings.count) found, "
                    + "\(check.milliseconds) ms" + (check.isTruncated ? ", and more" : "")
            )
        }
        for finding in report.findings { lines.append(Self.line(finding)) }
        lines.append(
            report.isClean
                ? "clean" : "\(report.findings.count) discrepancies, \(report.opened) of them new"
        )
        return lines.joined(separator: "\n")
    }

    private static func line(_ finding: Finding) -> String {
        var text = "\(finding.kind.rawValue)  \(finding.subject)"
        if let currency = finding.currencyCode { text += "  \(currency)" }
        if let expected = finding.expectedMinorUnits { text += "  expected \(expected)" }
        if let actual = finding.actualMinorUnits { text += "  found \(actual)" }
        return text + "  \(finding.detail)"
    }
}
