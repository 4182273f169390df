import Foundation
import Glibc
import TestKit
import Testing

@testable import Control

/// The real program, with stand-ins for the services.
@Suite("The running supervisor")
struct SuperviseTests {
    @Test("ends its services in order and then itself, when it is asked")
    func orderlyEnd() async throws {
        try await run(service: "trap 'exit 0' TERM; while true; do sleep 0.1; done") { stack in
            let state = try await stack.running()
            let names = [
                "sandbox", "orchestrator", "settlement", "payout", "webhook", "reconciliation",
                "gateway",
            ]
            #expect(state.members.map(\.name) == names)
            stack.supervisor.send(SIGTERM)
            #expect(await stack.supervisor.ending() == .exited(status: 0))
            let end = try #require(StackState.load(from: stack.layout))
            #expect(end.phase == .stopped)
            #expect(end.members.allSatisfy { $0.process == nil })
            #expect(!StackLock.isHeld(stack.layout))
        }
    }

    @Test("ends at once when it is asked twice, and the next one ends what it left behind")
    func secondSignal() async throws {
        try await run(service: "trap '' TERM; while true; do sleep 0.1; done") { stack in
            let processes = try await stack.running().members.compactMap(\.process)
            #expect(processes.count == 7)
            stack.supervisor.send(SIGTERM)
            try await stack.logged("stopping")
            stack.supervisor.send(SIGTERM)
            #expect(await stack.supervisor.ending() == .exited(status: 128 + SIGTERM))
            #expect(processes.allSatisfy { $0.isAlive })
            try await Leftovers.end(stack.layout, graceSeconds: 0)
            #expect(!processes.contains { $0.isAlive })
        }
    }

    @Test("gives services neither core dumps nor backtraces, and no secret that is not theirs")
    func environment() async throws {
        try await run(service: "ulimit -c; env; exec sleep 600") { stack in
            _ = try await stack.running()
            try await stack.logged("SWIFT_BACKTRACE=enable=no", in: "sandbox")
            let text = try String(contentsOfFile: stack.layout.log(of: "sandbox"), encoding: .utf8)
            #expect(text.hasPrefix("0\n"))
            #expect(!text.contains("DATABASE_URL"))
            stack.supervisor.send(SIGTERM)
            #expect(await stack.supervisor.ending() == .exited(status: 0))
        }
    }

    /// A supervisor under way.
    private struct RunningStack {
        let layout: StackLayout
        let supervisor: ManagedProcess

        /// The state when all processes have been started.
        func running() async throws -> StackState {
            try await eventually {
                guard let state = StackState.load(from: layout), state.phase == .running,
                    state.members.allSatisfy({ $0.process != nil })
                else { return nil }
                return state
            }
        }

        func logged(_ text: String, in process: String = "supervisor") async throws {
            _ = try await eventually {
                let log = try? String(contentsOfFile: layout.log(of: process), encoding: .utf8)
                return log?.contains(text) == true ? true : nil
            }
        }

        /// Only the other process knows when it is so far.
        private func eventually<Value>(_ look: () -> Value?) async throws -> Value {
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            while ContinuousClock.now < deadline {
                if let value = look() { return value }
                try await Task.sleep(for: .milliseconds(10))
            }
            let log = try? String(contentsOfFile: layout.log(of: "supervisor"), encoding: .utf8)
            throw ControlError("the supervisor did not come so far:\n\(log ?? "no log")")
        }
    }

    private func run(
        service script: String,
        _ body: (RunningStack) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.empty()
        try await TemporaryStack.with { layout in
            let settings = StackSettings(
                ports: try StackPorts.available(gateway: Int.random(in: 10_000...19_999)),
                databaseURL: database.url,
                logLevel: "info",
                binaries: layout.state
            )
            try settings.save(in: layout)
            let catalog = ServiceCatalog(
                layout: layout,
                settings: settings,
                databaseURL: database.url
            )
            for path in catalog.entries.map(\.executable) {
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
                chmod(path, 0o755)
            }
            let supervisor = try ManagedProcess.start(
                ChildCommand(
                    executable: Self.control,
                    arguments: ["supervise", "--state", layout.state],
                    environment: ["PATH": "/usr/bin:/bin"],
                    logFile: layout.log(of: "supervisor")
                )
            )
            do {
                try await body(RunningStack(layout: layout, supervisor: supervisor))
            } catch {
                supervisor.send(SIGKILL)
                _ = await supervisor.ending()
                try await Leftovers.end(layout, graceSeconds: 0)
                throw error
            }
        }
        try await database.drop()
    }

    /// The program lies beside the tests.
    private static var control: String {
        (CommandLine.arguments[0] as NSString).deletingLastPathComponent + "/Control"
    }
}
