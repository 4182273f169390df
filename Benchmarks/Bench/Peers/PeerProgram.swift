import Foundation

/// Another system, driven by a program of Benchmarks/Peers that prints one rate.
struct PeerProgram: Sendable {
    /// Python with the peers' packages.
    let python: String
    /// Benchmarks/Peers.
    let folder: String

    /// Runs a program that says nothing.
    func run(_ program: String, _ arguments: [String]) async throws {
        _ = try await output(program, arguments)
    }

    /// Runs a program that measures, and returns what was done a second.
    func rate(_ program: String, _ arguments: [String]) async throws -> Double {
        let output = try await output(program, arguments)
        let lines = output.split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix("{") }),
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
        else { throw BenchmarkError("\(program) printed no rate: \(output)") }
        return answer.perSecond
    }

    private struct Answer: Decodable {
        let perSecond: Double
    }

    private func output(_ program: String, _ arguments: [String]) async throws -> String {
        let environment = ProcessInfo.processInfo.environment.merging([
            "PGBENCH": "\(try PostgresPrograms.folder())/pgbench"
        ]) { $1 }
        return try await ChildProcess.output(
            of: [python, "\(folder)/\(program)_peer.py"] + arguments,
            environment: environment
        )
    }
}

extension Rounds {
    /// How many times as much as a peer did in the same rounds.
    func times(_ peer: Rounds) -> Spread {
        Spread(zip(rates, peer.rates).map { $0 / $1 })
    }
}
