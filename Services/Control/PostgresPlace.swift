import Foundation
import Glibc

/// Finds where a private cluster can live.
enum PostgresPlace {
    /// The size of a socket's path in the kernel, without the closing zero.
    static let socketPathLimitBytes = 107

    /// The version that the system is developed and tested with comes first.
    private static let preferredVersion = 15

    /// Chooses the folders of a stack's cluster.
    static func cluster(for layout: StackLayout) async throws -> PostgresCluster {
        let owner = geteuid() == 0 ? "postgres" : nil
        if let owner, getpwnam(owner) == nil {
            throw ControlError("there is no user \(owner) to run the server as; is it installed?")
        }
        let data = try await dataFolder(layout, owner: owner)
        return PostgresCluster(
            binaries: try binaries(),
            data: data,
            socketFolder: socketFolder(
                preferred: (data as NSString).deletingLastPathComponent + "/socket",
                layout: layout
            ),
            owner: owner,
            logFile: layout.log(of: "postgres")
        )
    }

    /// The folder of the newest server programs, the preferred version before others.
    static func binaries(root: String = "/usr/lib/postgresql") throws -> String {
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap(Int.init)
            .filter { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/postgres") }
        let chosen = versions.contains(preferredVersion) ? preferredVersion : versions.max()
        guard let chosen else {
            throw ControlError("Postgres is not installed under \(root); run: make bootstrap")
        }
        return "\(root)/\(chosen)/bin"
    }

    /// Inside the state folder, unless the server's user cannot get there (below /root, say).
    private static func dataFolder(_ layout: StackLayout, owner: String?) async throws -> String {
        let inside = layout.state + "/postgres/data"
        guard let owner else {
            try makeFolder(layout.state + "/postgres")
            return inside
        }
        if await canEnter(layout.state, user: owner, logFile: layout.log(of: "postgres")) {
            try makeFolder(layout.state + "/postgres")
            return inside
        }
        let outside = "/var/lib/payment-gateway/\(layout.fingerprint)"
        try makeFolder(outside)
        let link = layout.state + "/postgres"
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != outside {
            try FileManager.default.createSymbolicLink(
                atPath: link,
                withDestinationPath: outside
            )
        }
        return outside + "/data"
    }

    /// Beside the data, or a short folder elsewhere where that path is too long for a socket.
    static func socketFolder(
        preferred: String,
        layout: StackLayout,
        runtimeFolder: String? = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]
    ) -> String {
        // The longest name in it is that of the lock beside the socket.
        let longest = "/.s.PGSQL.5432.lock".utf8.count
        if preferred.utf8.count + longest <= socketPathLimitBytes { return preferred }
        let name = "payment-gateway-\(layout.fingerprint)"
        if let runtimeFolder, geteuid() != 0, !runtimeFolder.isEmpty,
            runtimeFolder.utf8.count + name.utf8.count + 1 + longest <= socketPathLimitBytes
        {
            return "\(runtimeFolder)/\(name)"
        }
        return "/tmp/\(name)"
    }

    /// Others may pass through it, but not look inside.
    private static func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o711]
        )
    }

    private static func canEnter(_ path: String, user: String, logFile: String) async -> Bool {
        let test = ChildCommand(
            executable: "/usr/bin/test",
            arguments: ["-x", path],
            environment: [:],
            logFile: logFile
        )
        return (try? await ManagedProcess.start(test.asUser(user)).ending()) == .exited(status: 0)
    }
}
