import Foundation

/// Everything that a run found out, as it is written to the JSON file.
struct Results: Sendable, Equatable, Codable {
    /// Rises when a field changes its meaning or goes away.
    static let currentSchema = 1

    var schema = currentSchema
    let conditions: RunConditions
    let plan: BenchmarkPlan
    /// tpcb-like, transactions a second, over the whole run.
    let baseline: Spread?
    let figures: [Figure]
    /// What was wrong with the books afterwards; empty when nothing was.
    let problems: [String]

    /// Writes them with sorted keys, so that two files can be compared line by line.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try (encoder.encode(self) + Data("\n".utf8)).write(to: url)
    }
}
