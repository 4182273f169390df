import Foundation
import Logging
import ServiceKit
import ServiceLifecycle
import Testing

@testable import Control

@Suite("The supervisor")
struct KeepingTests {
    @Test("starts a process again when it ends, and ends it at shutdown")
    func restarts() async throws {
        try await TemporaryStack.with { layout in
            let (changes, continuation) = AsyncStream.makeStream(of: StackState.self)
            let board = StackBoard(
                StackState(
                    ports: StackPorts(gateway: 8_080),
                    members: [StackState.Member(name: "short")]
                ),
                path: layout.stateFile,
                onChange: { continuation.yield($0) }
            )
            let metrics = Metrics()
            let group = ServiceGroup(
                services: [Self.keeper("exit 3", layout, board, metrics)],
                logger: Logger(label: "test")
            )
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                for await state in changes where state.members.first?.restarts == 3 { break }
                await group.triggerGracefulShutdown()
            }
            #expect(board.current.members.first?.lastEnding == "exit status 3")
            #expect(board.current.members.first?.process == nil)
            #expect(metrics.text().contains("restarts_total{process=\"short\"}"))
            #expect(StackState.load(from: layout) == board.current)
        }
    }

    @Test("asks a process to end, and is done when it has")
    func shutdown() async throws {
        try await TemporaryStack.with { layout in
            let (changes, continuation) = AsyncStream.makeStream(of: StackState.self)
            let board = StackBoard(
                StackState(
                    ports: StackPorts(gateway: 8_080),
                    members: [StackState.Member(name: "short")]
                ),
                path: layout.stateFile,
                onChange: { continuation.yield($0) }
            )
            let group = ServiceGroup(
                services: [Self.keeper("exec sleep 600", layout, board, Metrics())],
                logger: Logger(label: "test")
            )
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                for await state in changes where state.members.first?.process != nil { break }
                await group.triggerGracefulShutdown()
            }
            #expect(board.current.members.first?.lastEnding == "signal 15")
            #expect(board.current.members.first?.restarts == 0)
        }
    }

    @Test("waits longer while a process fails at once, and starts over after a healthy life")
    func policy() {
        var policy = RestartPolicy()
        var generator = SystemRandomNumberGenerator()
        var last = Duration.zero
        for _ in 0..<12 { last = policy.wait(afterLifetime: .zero, using: &generator) }
        #expect(last >= .seconds(5))
        #expect(last <= .seconds(10))
        let rested = policy.wait(afterLifetime: RestartPolicy.healthyAfter, using: &generator)
        #expect(rested <= .milliseconds(100))
    }

    @Test("rotates a log past its limit and keeps a bounded number of old ones")
    func rotation() async throws {
        try await TemporaryStack.with { layout in
            let path = layout.log(of: "gateway")
            for number in 1...5 {
                try Data("text \(number)".utf8).write(to: URL(fileURLWithPath: path))
                #expect(try LogRotation.rotate(path, limitBytes: 3))
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
            }
            let kept = try FileManager.default.contentsOfDirectory(atPath: layout.logs).sorted()
            #expect(kept == ["gateway.log"] + (1...3).map { "gateway.log.\($0)" })
            #expect(try String(contentsOfFile: path + ".1", encoding: .utf8) == "text 5")
            #expect(try String(contentsOfFile: path + ".3", encoding: .utf8) == "text 3")
        }
    }

    @Test("leaves a log within its limit alone")
    func noRotation() async throws {
        try await TemporaryStack.with { layout in
            let path = layout.log(of: "gateway")
            try Data("text".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try !LogRotation.rotate(path, limitBytes: 4))
            #expect(LogRotation.logs(in: layout.logs) == [path])
        }
    }

    private static func keeper(
        _ script: String,
        _ layout: StackLayout,
        _ board: StackBoard,
        _ metrics: Metrics
    ) -> ProcessKeeper {
        ProcessKeeper(
            name: "short",
            command: ChildCommand(
                executable: "/bin/sh",
                arguments: ["-c", script],
                environment: ["PATH": "/usr/bin:/bin"],
                logFile: layout.log(of: "short")
            ),
            board: board,
            runFolder: RunFolder(state: layout.state),
            restarts: metrics.counter(
                "supervisor_restarts_total",
                help: "Restarts.",
                labels: ["process"]
            ),
            logger: Logger(label: "test")
        )
    }
}
