import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A second gateway and a second orchestrator, with the settings of the first.
struct SecondInstances: Sendable {
    private static let readySeconds = 30
    /// Added to the first ones' ports.
    private static let portOffset = 500

    let gatewayPort: Int
    private let children: [ChildProcess]

    static func start(_ stack: BenchmarkStack) async throws -> SecondInstances {
        let gatewayPort = stack.port + portOffset
        var children: [ChildProcess] = []
        do {
            for name in ["orchestrator", "gateway"] {
                var environment = try environment(of: name, stack)
                guard let admin = environment["ADMIN_PORT"].flatMap(Int.init) else {
                    throw BenchmarkError("\(name) has no admin port")
                }
                environment["INSTANCE"] = "\(name)2"
                environment["ADMIN_PORT"] = String(admin + portOffset)
                if name == "gateway" { environment["PORT"] = String(gatewayPort) }
                let executable = "\(stack.binaries)/\(name.capitalized)"
                children.append(
                    try ChildProcess(
                        [executable],
                        environment: environment,
                        logFile: "\(stack.state)/log/\(name)2.log"
                    )
                )
                try await untilReady(admin + portOffset)
            }
        } catch {
            for child in children { child.terminate() }
            throw error
        }
        return SecondInstances(gatewayPort: gatewayPort, children: children)
    }

    /// Ends both, the gateway first.
    func end() async throws {
        for child in children.reversed() {
            child.terminate()
            _ = try await BlockingWork.run { child.waitForEnd() }
        }
    }

    /// The environment that the supervisor gave the first one.
    private static func environment(
        of name: String,
        _ stack: BenchmarkStack
    ) throws -> [String: String] {
        guard let processID = stack.processID(of: name),
            let data = FileManager.default.contents(atPath: "/proc/\(processID)/environ")
        else { throw BenchmarkError("\(name) does not run") }
        var environment: [String: String] = [:]
        for entry in data.split(separator: 0) {
            let parts = String(decoding: entry, as: UTF8.self)
                .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        }
        return environment
    }

    private static func untilReady(_ adminPort: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(readySeconds)
        while ContinuousClock.now < deadline {
            let answer = try? await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(adminPort)/readyz"),
                timeout: .seconds(2)
            )
            if answer?.status == .ok { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchmarkError("the second instance on admin port \(adminPort) did not become ready")
    }
}
