import Foundation
import Glibc

/// The stack that the benchmark measures: the release executables, started by `control up`.
///
/// It has a state folder and ports of its own, and nothing is set that `make up` would not set but
/// how many test merchants and cards one address may make.
struct BenchmarkStack: Sendable {
    /// The first gateway port that is tried; below the range that the kernel hands out.
    static let firstPort = 18_600
    static let portAttempts = 200

    let state: String
    let port: Int
    /// The folder of the release executables.
    let binaries: String
    let databaseURL: String

    var gatewayURL: String { "http://127.0.0.1:\(port)" }

    /// Starts a stack in a folder that must not exist yet.
    static func start(state: String, binaries: String) async throws -> BenchmarkStack {
        let port = try freePort()
        let output = try await ChildProcess.output(
            of: ["\(binaries)/Control", "up"],
            environment: environment(state: state, port: port)
        )
        guard let url = published("database.url", state: state) else {
            throw BenchmarkError("the stack published no database:\n\(output)")
        }
        return BenchmarkStack(state: state, port: port, binaries: binaries, databaseURL: url)
    }

    /// Stops whatever runs in a state folder, and removes all that it stored.
    static func remove(state: String, binaries: String) async throws {
        guard FileManager.default.fileExists(atPath: state) else { return }
        _ = try await ChildProcess.output(
            of: ["\(binaries)/Control", "down"],
            environment: environment(state: state, port: firstPort),
            isCancellable: false
        )
        // Where the database's user may not enter the folder, the cluster lies behind a link.
        let cluster = "\(state)/postgres"
        if let elsewhere = try? FileManager.default.destinationOfSymbolicLink(atPath: cluster) {
            try FileManager.default.removeItem(atPath: elsewhere)
        }
        try FileManager.default.removeItem(atPath: state)
    }

    /// A test merchant for each of thousands, and their cards, come from one address here.
    private static func environment(state: String, port: Int) -> [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "STATE": state, "PORT": String(port), "DATABASE_URL": "", "LOG_LEVEL": "warning",
            "GATEWAY_DEMO_MERCHANTS_PER_MINUTE": "100000",
            "GATEWAY_TOKENIZATIONS_PER_MINUTE": "1000000",
        ]) { $1 }
    }

    /// The URL of another database of the same server.
    func databaseURL(of name: String) -> String {
        databaseURL.replacing("///payments?", with: "///\(name)?", maxReplacements: 1)
    }

    /// What a process published in the run folder.
    func published(_ name: String) -> String? { Self.published(name, state: state) }

    /// A process of the stack, as it published its number.
    func processID(of name: String) -> Int32? { published("\(name).pid").flatMap(Int32.init) }

    private static func published(_ name: String, state: String) -> String? {
        (try? String(contentsOfFile: "\(state)/run/\(name)", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func freePort() throws -> Int {
        for port in firstPort..<(firstPort + portAttempts) where isFree(port) { return port }
        throw BenchmarkError("no free port from \(firstPort) on")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr = in_addr(s_addr: in_addr_t(INADDR_LOOPBACK).bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
