import Foundation

/// The load's process, as the benchmark sees it: one order at a time.
actor LoadGenerator {
    private let child: ChildProcess
    private var unread = Data()

    init(executable: String, seed: UInt64) throws {
        child = try ChildProcess([executable, "load", "--seed", String(seed)])
    }

    var processID: Int32 { child.processID }

    /// Makes the merchants that all later rounds choose from.
    func makeMerchants(_ count: Int, port: Int) async throws {
        _ = try await answer(to: .makeMerchants(count: count, port: port))
    }

    /// Tells the load of stored payments that it shall read.
    func knowPayments(file: String) async throws {
        _ = try await answer(to: .knowPayments(file: file))
    }

    /// Runs a round; anything unexpected fails the benchmark, because it would not be measured.
    func run(_ round: LoadRound) async throws -> LoadReport {
        guard case .report(let report) = try await answer(to: .round(round)) else {
            throw BenchmarkError("the load's process gave no report")
        }
        guard report.unexpected == 0, report.unanswered == 0 else {
            throw BenchmarkError(
                "\(report.unexpected) answers to \(round.kind.rawValue) were not as promised, "
                    + "\(report.unanswered) are missing; the first: \(report.example ?? "none")"
            )
        }
        return report
    }

    /// Ends the process.
    func end() async throws {
        try child.input.close()
        _ = try await BlockingWork.run { [child] in child.waitForEnd() }
    }

    private func answer(to order: LoadOrder) async throws -> LoadAnswer {
        try Task.checkCancellation()
        var line = try JSONEncoder().encode(order)
        line.append(UInt8(ascii: "\n"))
        try child.input.write(contentsOf: line)
        let text = try await withTaskCancellationHandler {
            try await readLine()
        } onCancel: {
            child.terminate()
        }
        try Task.checkCancellation()
        let answer = try JSONDecoder().decode(LoadAnswer.self, from: text)
        if case .failed(let reason) = answer { throw BenchmarkError(reason) }
        return answer
    }

    private func readLine() async throws -> Data {
        let output = child.output
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread = Data(unread[unread.index(after: end)...]) }
                return Data(unread[..<end])
            }
            let more = try await BlockingWork.run { output.availableData }
            guard !more.isEmpty else { throw BenchmarkError("the load's process ended") }
            unread.append(more)
        }
    }
}
