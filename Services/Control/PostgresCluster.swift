import Foundation
import Glibc

/// A private Postgres cluster: durable, reachable by its socket only.
///
/// Whoever may enter the socket's folder may connect, so the folder's mode is the lock on the door.
/// The server refuses to run as root; then it runs as `postgres`, and so do its tools.
struct PostgresCluster: Sendable, Equatable {
    /// The database that the services share.
    static let databaseName = "payments"

    /// The cluster's only login role at the start; the services switch to roles of their own.
    static let userName = "postgres"

    let binaries: String
    let data: String
    let socketFolder: String
    /// The system user that owns the cluster, where it is not the caller.
    let owner: String?
    let logFile: String

    /// How clients reach the database.
    var databaseURL: String {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        let folder = socketFolder.addingPercentEncoding(withAllowedCharacters: unreserved)
        return "postgresql:///\(Self.databaseName)?host=\(folder ?? socketFolder)"
            + "&user=\(Self.userName)"
    }

    /// The server, to be run in the foreground by whoever watches it.
    var server: ChildCommand {
        tool("postgres", ["-D", data] + serverSettings.flatMap { ["-c", "\($0)=\($1)"] })
    }

    /// Settings on the command line, so that they are those of this program and not of a file.
    private var serverSettings: [(String, String)] {
        [
            ("listen_addresses", ""),
            ("unix_socket_directories", socketFolder),
            ("unix_socket_permissions", "0700"),
            ("max_connections", "100"),
            ("shared_buffers", "\(Self.sharedBuffersMegabytes())MB"),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("wal_compression", "lz4"),
            // Commits flush for themselves; the background writer would only add flushes.
            ("wal_writer_delay", "10s"),
            ("max_wal_size", "2GB"),
            ("checkpoint_timeout", "15min"),
            // The queue's rows come and go by the thousand a second; scans walk past the dead ones.
            ("autovacuum_naptime", "5s"),
            ("jit", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("log_line_prefix", "%m [%p] %q%a "),
            ("log_parameter_max_length_on_error", "0"),
        ]
    }

    /// An eighth of the memory, from 64 MB to 1 GB.
    static func sharedBuffersMegabytes(
        physicalMemoryBytes: UInt64 = ProcessInfo.processInfo.physicalMemory
    ) -> UInt64 {
        min(1_024, max(64, physicalMemoryBytes / (8 << 20)))
    }

    /// Makes the cluster and its database where they are not there yet.
    ///
    /// All is made beside its place and then renamed, so that a cluster is whole or absent.
    func prepare() async throws {
        try PrivateFolder.make(socketFolder, owner: owner)
        guard !FileManager.default.fileExists(atPath: "\(data)/PG_VERSION") else { return }
        let unfinished = data + ".unfinished"
        try? FileManager.default.removeItem(atPath: unfinished)
        try PrivateFolder.make(unfinished, owner: owner)
        try await run(
            "initdb",
            [
                "-D", unfinished, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
                "--auth=trust", "--username=\(Self.userName)",
            ]
        )
        let access =
            "# Only the socket, whose folder only the cluster's owner may enter.\n"
            + "local all all trust\n"
        try replace("\(unfinished)/pg_hba.conf", with: access)
        let options = "-c listen_addresses= -c unix_socket_directories='\(socketFolder)'"
        try await run("pg_ctl", ["-D", unfinished, "-w", "-s", "-o", options, "start"])
        do {
            try await run(
                "createdb",
                ["-h", socketFolder, "-U", Self.userName, Self.databaseName]
            )
        } catch {
            try await run("pg_ctl", ["-D", unfinished, "-w", "-s", "-m", "fast", "stop"])
            throw error
        }
        try await run("pg_ctl", ["-D", unfinished, "-w", "-s", "-m", "fast", "stop"])
        guard rename(unfinished, data) == 0 else {
            throw ControlError("\(data) could not be put in its place")
        }
    }

    /// Ends a server that an earlier supervisor left behind.
    func stopLeftover() async throws {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8),
            let line = text.split(separator: "\n").first, let processID = Int32(line),
            ProcessIdentity(processID: processID) != nil
        else { return }
        // A process with that id that is not this cluster's server makes pg_ctl fail, which is
        // right: the server then removes the stale file by itself.
        try? await run("pg_ctl", ["-D", data, "-w", "-s", "-m", "fast", "stop"])
    }

    private func run(_ name: String, _ arguments: [String]) async throws {
        let ending = try await ManagedProcess.start(tool(name, arguments)).ending()
        guard ending == .exited(status: 0) else {
            throw ControlError("\(name) ended with \(ending); its reasons are in \(logFile)")
        }
    }

    private func tool(_ name: String, _ arguments: [String]) -> ChildCommand {
        let command = ChildCommand(
            executable: "\(binaries)/\(name)",
            arguments: arguments,
            // C.UTF-8 keeps messages in English, which people search for.
            environment: ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"],
            logFile: logFile
        )
        guard let owner else { return command }
        return command.asUser(owner)
    }

    private func replace(_ path: String, with text: String) throws {
        // Written in place: the file keeps its owner.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
    }
}
