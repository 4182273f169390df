import Foundation
import Glibc
import Testing

@testable import Control

@Suite("A child process")
struct ManagedProcessTests {
    private func shell(_ script: String, _ layout: StackLayout) -> ChildCommand {
        ChildCommand(
            executable: "/bin/sh",
            arguments: ["-c", script],
            environment: ["PATH": "/usr/bin:/bin", "GIVEN": "this"],
            logFile: layout.log(of: "child")
        )
    }

    @Test("tells how it ended")
    func endings() async throws {
        try await TemporaryStack.with { layout in
            let exited = try ManagedProcess.start(shell("exit 7", layout))
            #expect(await exited.ending() == .exited(status: 7))
            #expect(exited.hasEnded)
            let killed = try ManagedProcess.start(shell("kill -9 $$", layout))
            #expect(await killed.ending() == .killed(signal: SIGKILL))
            // Asking again gives the same answer.
            #expect(await killed.ending() == .killed(signal: SIGKILL))
        }
    }

    @Test("writes both outputs to its log, and has the environment it was given and no other")
    func output() async throws {
        try await TemporaryStack.with { layout in
            let script = "echo $GIVEN; echo ${HOME:-none} >&2"
            _ = await (try ManagedProcess.start(shell(script, layout))).ending()
            let text = try String(contentsOfFile: layout.log(of: "child"), encoding: .utf8)
            #expect(text == "this\nnone\n")
        }
    }

    @Test("inherits no descriptors and no blocked or ignored signals")
    func cleanSlate() async throws {
        try await TemporaryStack.with { layout in
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            defer { for end in ends { close(end) } }
            let script = "ls /proc/self/fd | wc -l; grep -E 'SigBlk|SigIgn' /proc/self/status"
            _ = await (try ManagedProcess.start(shell(script, layout))).ending()
            let lines = try String(contentsOfFile: layout.log(of: "child"), encoding: .utf8)
                .split(separator: "\n").map(String.init)
            // Three standard ones, and the one with which `ls` reads.
            #expect(lines.first == "4")
            let masks = lines.dropFirst().compactMap { line in
                line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
            }
            // Signals 32 and 33 belong to the C library, which sets them up by itself.
            #expect(masks.count == 2)
            #expect(masks.allSatisfy { $0 & 0x7fff_ffff == 0 })
        }
    }

    @Test("is killed when it does not end in time")
    func escalation() async throws {
        try await TemporaryStack.with { layout in
            let ready = layout.state + "/ready"
            mkfifo(ready, 0o600)
            // The child opens the pipe when its trap is set; opening the other end waits for that.
            let script = "trap '' TERM PIPE; : > '\(ready)'; while true; do sleep 1; done"
            let child = try ManagedProcess.start(shell(script, layout))
            let end = open(ready, O_RDONLY)
            close(end)
            child.end(signal: SIGTERM, killAfterSeconds: 1)
            #expect(await child.ending() == .killed(signal: SIGKILL))
        }
    }

    @Test("cannot be started where there is no program")
    func missing() {
        let command = ChildCommand(
            executable: "/nowhere/program",
            arguments: [],
            environment: [:],
            logFile: "/dev/null"
        )
        #expect(throws: ControlError.self) { try ManagedProcess.start(command) }
    }

    @Test("is told from a later process with the same id")
    func identity() async throws {
        let own = try #require(ProcessIdentity(processID: getpid()))
        #expect(own.isAlive)
        let earlier = ProcessIdentity(processID: own.processID, startTicks: own.startTicks - 1)
        #expect(!earlier.isAlive)
    }

    @Test("is read from the kernel's line even when its name has brackets and spaces")
    func statLine() throws {
        let fields = (4...52).map { "\($0)" }.joined(separator: " ")
        let parsed = try #require(ProcessIdentity.parse("12 (odd ) name)) S \(fields)"))
        #expect(parsed.state == "S")
        #expect(parsed.startTicks == 22)
        #expect(ProcessIdentity.parse("nonsense") == nil)
    }
}
