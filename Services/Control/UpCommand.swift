import ArgumentParser
import Foundation
import Glibc

/// `control up`: a running stack at the end, whatever there was before.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start what is not running, wait until all is ready, and show how to use it."
    )

    /// How long a stack may take to become ready; the first start makes a database.
    private static let readyTimeoutSeconds = 120

    /// A process that ends this often before the stack is ready will not become ready.
    private static let hopelessRestarts = 8

    @OptionGroup var stack: StackOptions

    func run() async throws {
        let layout = stack.layout
        let console = Console()
        try Self.makeFolders(layout)
        var supervisor: ManagedProcess?
        if StackLock.isHeld(layout) {
            try refuseOtherSettings(layout)
        } else {
            try await Leftovers.end(layout)
            try stack.settings().save(in: layout)
            supervisor = try Self.startSupervisor(layout)
            console.say("starting in \(layout.state)")
        }
        try await waitUntilReady(layout, supervisor)
        try await show(layout, console)
    }

    private static func makeFolders(_ layout: StackLayout) throws {
        for path in [layout.state, layout.run, layout.logs] {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                // The database's user has to pass through, and sees nothing.
                attributes: [.posixPermissions: path == layout.state ? 0o711 : 0o700]
            )
        }
    }

    /// A healthy stack is left alone, so it cannot be given other settings either.
    private func refuseOtherSettings(_ layout: StackLayout) throws(ControlError) {
        guard let running = StackSettings.load(from: layout) else { return }
        guard running.ports.gateway != stack.port || running.databaseURL != stack.databaseURL
        else { return }
        throw ControlError(
            "the stack in \(layout.state) runs with other settings (gateway on port "
                + "\(running.ports.gateway)); stop it first: make down"
        )
    }

    private static func startSupervisor(_ layout: StackLayout) throws -> ManagedProcess {
        try ManagedProcess.start(
            ChildCommand(
                executable: StackOptions.ownExecutable(),
                arguments: ["supervise", "--state", layout.state],
                environment: ProcessInfo.processInfo.environment.filter {
                    $0.key != "DATABASE_URL"
                },
                logFile: layout.log(of: "supervisor")
            )
        )
    }

    private func waitUntilReady(
        _ layout: StackLayout,
        _ supervisor: ManagedProcess?
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.readyTimeoutSeconds))
        var health = await StackHealth.observe(layout)
        while !health.isHealthy {
            let isGone = supervisor?.hasEnded ?? !health.isSupervised
            let isHopeless = health.rows.contains { $0.restarts >= Self.hopelessRestarts }
            if health.phase == .failed || isGone || isHopeless || ContinuousClock.now > deadline {
                throw ControlError(Self.failure(health, layout))
            }
            try await Task.sleep(for: .milliseconds(200))
            health = await StackHealth.observe(layout)
        }
    }

    private static func failure(_ health: StackHealth, _ layout: StackLayout) -> String {
        let reason = health.phase == .failed ? health.reason.map { ": \($0)" } ?? "" : ""
        var parts = ["the stack did not become ready\(reason)", health.text]
        let names = ["supervisor"] + health.rows.filter { $0.problem != nil }.map(\.name)
        for name in names {
            guard let text = try? String(contentsOfFile: layout.log(of: name), encoding: .utf8)
            else { continue }
            let lines = text.split(separator: "\n").suffix(8).joined(separator: "\n")
            parts.append("--- the end of \(layout.log(of: name))\n\(lines)")
        }
        parts.append("What started goes on running; stop it with: make down")
        return parts.joined(separator: "\n")
    }

    private func show(_ layout: StackLayout, _ console: Console) async throws {
        if let settings = StackSettings.load(from: layout) {
            let outdated = Freshness.outdated(layout, settings).joined(separator: ", ")
            if !outdated.isEmpty {
                console.say(
                    "Built again since they started: \(outdated). To run the new ones: make down up"
                )
            }
        }
        let port = StackSettings.load(from: layout)?.ports.gateway ?? stack.port
        let url = "http://127.0.0.1:\(port)"
        let merchant = try await DemoMerchant.obtain(layout, gatewayURL: url)
        console.say(
            """

            The gateway is ready.

              API               \(url)/v1
              description       \(url)/openapi.json
              demo merchant     \(merchant.id)
              secret key        \(merchant.secretKey)
              publishable key   \(merchant.publishableKey)
              logs              \(layout.logs)

            A payment of 1000.00 INR:

            \(merchant.curl(gatewayURL: url))

            """
        )
    }
}
