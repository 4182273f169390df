import ArgumentParser
import Foundation
import Glibc
import Logging

/// `control doctor`: looks at everything that a stack needs, and says what is wrong.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the machine, the files, the processes and the database."
    )

    @OptionGroup var stack: StackOptions

    func run() async throws {
        let console = Console()
        let findings = await Diagnosis(layout: stack.layout, port: stack.port).findings()
        for finding in findings { console.say(finding.description) }
        if findings.contains(where: { !$0.isSound }) { throw ExitCode(1) }
    }
}

/// What was looked at, and what was seen.
struct Diagnosis: Sendable {
    /// Less than this and a database may stop in the middle of a day.
    static let diskFloorBytes: UInt64 = 1 << 30

    /// One thing that was looked at.
    struct Finding: Sendable, Equatable, CustomStringConvertible {
        let subject: String
        let isSound: Bool
        let detail: String

        var description: String {
            let mark = isSound ? "ok  " : "FAIL"
            return "\(mark) \(subject.padding(toLength: 12, withPad: " ", startingAt: 0)) \(detail)"
        }
    }

    let layout: StackLayout
    let port: Int

    func findings() async -> [Finding] {
        var all = [server(), executables(), disk()]
        let health = await StackHealth.observe(layout)
        guard health.isSupervised else {
            all.append(portFinding())
            all.append(Finding(subject: "supervisor", isSound: true, detail: "does not run"))
            return all
        }
        all.append(
            Finding(
                subject: "supervisor",
                isSound: health.phase == .running,
                detail: health.phase?.rawValue ?? "has written no state"
            )
        )
        for row in health.rows {
            let restarts = row.restarts == 0 ? "" : ", restarted \(row.restarts) times"
            all.append(
                Finding(
                    subject: row.name,
                    isSound: row.problem == nil,
                    detail: (row.problem ?? "ready") + restarts
                )
            )
        }
        all.append(await database())
        return all
    }

    private func server() -> Finding {
        if StackSettings.load(from: layout)?.databaseURL != nil {
            return Finding(subject: "postgres", isSound: true, detail: "not ours: DATABASE_URL")
        }
        do {
            return Finding(
                subject: "programs",
                isSound: true,
                detail: "Postgres in \(try PostgresPlace.binaries())"
            )
        } catch {
            return Finding(subject: "programs", isSound: false, detail: "\(error)")
        }
    }

    private func executables() -> Finding {
        let folder =
            ((try? StackOptions.ownExecutable()) as NSString?)?.deletingLastPathComponent ?? ""
        let missing = ["Gateway", "Orchestrator", "Sandbox"].filter {
            !FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
        }
        return Finding(
            subject: "executables",
            isSound: missing.isEmpty,
            detail: missing.isEmpty
                ? "in \(folder)" : "\(missing.joined(separator: ", ")) not in \(folder)"
        )
    }

    private func disk() -> Finding {
        // The folder itself may not be there yet; then what counts is where it will be made.
        var path = layout.state
        while !FileManager.default.fileExists(atPath: path), path != "/" {
            path = (path as NSString).deletingLastPathComponent
        }
        var information = statvfs()
        guard statvfs(path, &information) == 0 else {
            return Finding(subject: "disk", isSound: false, detail: "\(path) cannot be examined")
        }
        let free = UInt64(information.f_bavail) * UInt64(information.f_frsize)
        return Finding(
            subject: "disk",
            isSound: free >= Self.diskFloorBytes && access(path, W_OK) == 0,
            detail: "\(free >> 20) MB free in \(path)"
                + (access(path, W_OK) == 0 ? "" : ", not writable")
        )
    }

    private func portFinding() -> Finding {
        let isFree = PortCheck.isFree(port)
        return Finding(
            subject: "port",
            isSound: isFree,
            detail: "\(port) is \(isFree ? "free" : "in use by another program")"
        )
    }

    private func database() async -> Finding {
        do {
            let summary = try await DatabaseTasks.examine(try DatabaseAccess(layout))
            return Finding(subject: "database", isSound: true, detail: summary)
        } catch {
            return Finding(subject: "database", isSound: false, detail: "\(error)")
        }
    }
}
