import ArgumentParser
import Foundation

/// `bench load`: the process that sends the load, as it is told line by line.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send load as orders on standard input say; `run` starts this by itself.",
        shouldDisplay: false
    )

    @Option(help: "The seed of all choices.")
    var seed: UInt64

    func run() throws {
        let engine = try LoadEngine(seed: seed)
        while let line = readLine() {
            let order = try JSONDecoder().decode(LoadOrder.self, from: Data(line.utf8))
            let answer: LoadAnswer
            do {
                answer = try Self.carryOut(order, engine)
            } catch {
                answer = .failed("\(error)")
            }
            var text = try JSONEncoder().encode(answer)
            text.append(UInt8(ascii: "\n"))
            try FileHandle.standardOutput.write(contentsOf: text)
        }
    }

    private static func carryOut(_ order: LoadOrder, _ engine: LoadEngine) throws -> LoadAnswer {
        switch order {
        case .makeMerchants(let count, let port):
            try engine.makeMerchants(count, port: port)
            return .done
        case .knowPayments(let file):
            engine.knowPayments(try String(contentsOfFile: file, encoding: .utf8))
            return .done
        case .round(let round):
            let (report, accepted) = try engine.run(round)
            if let file = round.acceptedFile {
                try (accepted.joined(separator: "\n") + "\n")
                    .write(toFile: file, atomically: true, encoding: .utf8)
            }
            return .report(report)
        }
    }
}

/// What the load's process answers to an order.
enum LoadAnswer: Sendable, Equatable, Codable {
    case done
    case report(LoadReport)
    case failed(String)
}
