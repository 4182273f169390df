import Foundation
import Synchronization

/// A Postgres server of the test run's own: started by it, gone with it.
///
/// It lives in a folder under `/tmp` and is reached by a socket there. A watcher process stops it
/// and removes the folder as soon as the test process is gone, however it went.
public final class PrivatePostgres: Sendable {
    /// What a server is started with.
    public struct Options: Sendable {
        /// Whether commits are flushed to disk, as in production.
        public var isDurable = false
        /// A port to listen on at `127.0.0.1`; without it there is only the socket.
        public var port: Int?
        /// A certificate and its key, as PEM; the server then speaks TLS.
        public var certificate: Certificate?
        /// More lines of `postgresql.conf`.
        public var settings: [String: String] = [:]

        /// A server that forgets everything in a crash, on a socket only.
        public init() {}
    }

    /// What the server proves itself with.
    public struct Certificate: Sendable {
        /// The certificate.
        public var certificatePEM: String
        /// Its private key.
        public var keyPEM: String

        /// Pairs a certificate with its key.
        public init(certificatePEM: String, keyPEM: String) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    /// How a server is stopped.
    public enum StopMode: String, Sendable {
        /// Connections are ended, everything is written.
        case fast
        /// As if the machine had lost its power.
        case immediate
    }

    /// The folder of the server; it goes with the test run.
    public let folder: String
    private let options: Options
    /// Closed by the kernel when this process ends, which is what the watcher waits for.
    private let lifeline: Int32

    private static let once = AsyncOnce<PrivatePostgres>()

    /// The server that all tests of this run share.
    public static func shared() async throws -> PrivatePostgres {
        try await once.value { try await start() }
    }

    /// Starts a server of its own, for tests that stop it or need special settings.
    public static func start(_ options: Options = Options()) async throws -> PrivatePostgres {
        try await ChildProcess.onThread { try PrivatePostgres(options) }
    }

    /// A connection string for one of its databases.
    public func url(database: String = "postgres", user: String = "postgres") -> String {
        "postgresql://\(user)@/\(database)?host=\(folder)&port=\(socketPort)"
    }

    /// Stops the server.
    public func stop(_ mode: StopMode = .fast) async throws {
        try await ChildProcess.onThread { [self] in
            try control(["stop", "-w", "-m", mode.rawValue])
        }
    }

    /// Starts the server again after ``stop(_:)``.
    public func startAgain() async throws {
        try await ChildProcess.onThread { [self] in
            try control(["start", "-w", "-l", "\(folder)/server.log"])
        }
    }

    /// Stops and starts the server.
    public func restart(_ mode: StopMode = .fast) async throws {
        try await stop(mode)
        try await startAgain()
    }

    private init(_ options: Options) throws {
        self.options = options
        folder = try Self.makeFolder()
        lifeline = try Self.startWatcher(folder)
        try ChildProcess.runBlocking(
            Self.asPostgres([
                "\(Self.binaries)/initdb", "--pgdata=\(folder)/data", "--username=postgres",
                "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
            ])
        )
        try writeSettings()
        try control(["start", "-w", "-l", "\(folder)/server.log"])
    }

    deinit { close(lifeline) }

    private var socketPort: Int { options.port ?? 5432 }

    private func control(_ arguments: [String]) throws {
        let command = ["\(Self.binaries)/pg_ctl", "-D", "\(folder)/data", "-s", "-t", "60"]
        try ChildProcess.runBlocking(Self.asPostgres(command + arguments))
    }
}

// Ports.
extension PrivatePostgres {
    /// A port that nobody listens on, below the range from which the kernel takes its own.
    public static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 20_000..<32_000)
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = socket(AF_INET, kind, 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            let status = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status == 0 { return port }
        }
        throw ChildProcessError.failed("bind", EADDRINUSE)
    }
}

// Settings.
extension PrivatePostgres {
    private func writeSettings() throws {
        let durable = options.isDurable ? "on" : "off"
        var settings = [
            "listen_addresses": options.port == nil ? "" : "127.0.0.1",
            "port": String(socketPort),
            "unix_socket_directories": folder,
            "max_connections": "400",
            "shared_buffers": "128MB",
            "fsync": durable,
            "synchronous_commit": durable,
            "full_page_writes": durable,
            "max_wal_size": "4GB",
            "max_prepared_transactions": "0",
            "timezone": "UTC",
        ]
        if let certificate = options.certificate {
            try write(certificate.certificatePEM, to: "data/server.crt")
            try write(certificate.keyPEM, to: "data/server.key")
            settings["ssl"] = "on"
        }
        settings.merge(options.settings) { _, chosen in chosen }
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }
        try write(lines.joined(), to: "data/postgresql.auto.conf")
    }

    /// Writes a file that only the server's user can read.
    private func write(_ text: String, to name: String) throws {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, 0o600)
        if let user = Self.serverUser { chown(path, user.uid, user.gid) }
    }
}

// Processes.
extension PrivatePostgres {
    /// Where the server's programs are; version 15, or whichever there is.
    private static let binaries: String = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let version = versions.contains("15") ? "15" : versions.max() ?? "15"
        return "\(root)/\(version)/bin"
    }()

    /// The server refuses to run as root; then it runs as this user.
    private static let serverUser: (uid: uid_t, gid: gid_t)? = {
        guard geteuid() == 0, let entry = getpwnam("postgres") else { return nil }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }()

    private static func asPostgres(_ command: [String]) -> [String] {
        guard serverUser != nil else { return command }
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] + command
    }

    /// A short path: a socket's name has room for about a hundred bytes.
    private static func makeFolder() throws -> String {
        var template = Array("/tmp/pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcessError.failed("mkdtemp", 1) }
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        if let user = serverUser { chown(folder, user.uid, user.gid) }
        return folder
    }

    /// Leaves a process behind that waits for our end, then cleans up.
    private static func startWatcher(_ folder: String) throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        // Closed on exec from the start: a server that inherited it would keep itself alive.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ChildProcessError.failed("socketpair", errno)
        }
        let stop = asPostgres([
            "\(binaries)/pg_ctl", "-D", "\(folder)/data", "-s", "-w", "-m", "immediate", "stop",
        ])
        let script = """
            cat > /dev/null
            for attempt in 1 2 3 4 5; do
                \(stop.joined(separator: " ")) && break
                sleep 0.2
            done
            rm -rf '\(folder)'
            """
        _ = try ChildProcess.spawn(["setsid", "sh", "-c", script], input: ends[0])
        close(ends[0])
        return ends[1]
    }
}
