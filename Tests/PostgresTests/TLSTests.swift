import Foundation
import Postgres
import TestKit
import Testing

@Suite("TLS and several hosts", .timeLimit(.minutes(3)))
struct TLSTests {
    /// A certificate that signs itself, for one host name.
    private func certificate(
        host: String,
        in folder: String
    ) async throws -> PrivatePostgres.Certificate {
        try await ChildProcess.run([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-batch",
            "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)",
            "-keyout", "\(folder)/key.pem", "-out", "\(folder)/certificate.pem",
        ])
        return PrivatePostgres.Certificate(
            certificatePEM: try String(
                contentsOfFile: "\(folder)/certificate.pem",
                encoding: .utf8
            ),
            keyPEM: try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8)
        )
    }

    private func withServer(_ body: (String, Int) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = PrivatePostgres.Options()
        let port = try PrivatePostgres.freePort()
        options.port = port
        options.certificate = try await certificate(host: "localhost", in: folder)
        let server = try await PrivatePostgres.start(options)
        try await body("\(folder)/certificate.pem", port)
        try await server.stop()
    }

    @Test("sslmode is honoured: encrypted, verified, or refused")
    func modes() async throws {
        try await withServer { certificate, port in
            func pool(_ host: String, _ mode: String, _ root: String = "") throws -> PostgresPool {
                try makePool(
                    url: "postgresql://postgres@\(host):\(port)/postgres?sslmode=\(mode)\(root)",
                    limits: PoolLimits(maximumConnections: 1, waitTimeoutSeconds: 1)
                )
            }
            let isEncrypted: Query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            let root = "&sslrootcert=\(certificate)"
            #expect(try await pool("localhost", "require").value(isEncrypted, as: Bool.self))
            #expect(try await pool("localhost", "verify-full", root).value(isEncrypted))
            #expect(try await pool("127.0.0.1", "verify-ca", root).value(isEncrypted))
            #expect(try await !pool("localhost", "disable").value(isEncrypted, as: Bool.self))
            let wrongHost = try await failure {
                try await pool("127.0.0.1", "verify-full", root).query("SELECT 1")
            }
            #expect(wrongHost.kind == .connectionFailed)
            let untrusted = try await failure {
                let missing = "&sslrootcert=/tmp/missing.pem"
                try await pool("localhost", "verify-full", missing).query("SELECT 1")
            }
            #expect(untrusted.kind == .connectionFailed)
        }
    }

    @Test("Values of every size arrive through TLS, and statements can be canceled")
    func traffic() async throws {
        try await withServer { _, port in
            let url = "postgresql://postgres@localhost:\(port)/postgres?sslmode=require"
            let pool = try makePool(url: url)
            let bytes = [UInt8](repeating: 42, count: 8 << 20)
            #expect(try await pool.value("SELECT \(bytes)", as: [UInt8].self) == bytes)
            // Around the sizes of TLS records and of libpq's buffer.
            for size in [8191, 8192, 16383, 16384, 16385, 24576, 32768, 40000, 65536] {
                let text = String(repeating: "x", count: size)
                for _ in 0..<5 {
                    #expect(try await pool.value("SELECT \(text)::text", as: String.self) == text)
                }
            }
            let error = try await failure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.query("SELECT pg_sleep(60)") }
                    try await eventually {
                        try await pool.value(
                            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')"
                        )
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            #expect(error.kind == .canceled)
        }
    }

    @Test("Of several hosts the one that can be written to is taken")
    func hosts() async throws {
        let writable = try await PrivatePostgres.start()
        var options = PrivatePostgres.Options()
        options.settings = ["default_transaction_read_only": "on"]
        let readOnly = try await PrivatePostgres.start(options)
        func pool(_ attributes: String) throws -> PostgresPool {
            let folders = "/tmp/no-such-folder,\(readOnly.folder),\(writable.folder)"
            return try makePool(
                url: "host=\(folders) user=postgres dbname=postgres \(attributes)",
                limits: PoolLimits(maximumConnections: 1)
            )
        }
        let folder: Query = "SELECT current_setting('unix_socket_directories')"
        let any = try pool("")
        #expect(try await any.value(folder, as: String.self) == readOnly.folder)
        let primary = try pool("target_session_attrs=read-write")
        #expect(try await primary.value(folder, as: String.self) == writable.folder)
        // A server that refuses to write is left at once, whoever it is.
        try await writable.stop()
        let error = try await failure { try await any.execute("CREATE TABLE t (n int)") }
        #expect(error.sqlState == "25006")
        #expect(error.isRetryable)
    }
}
