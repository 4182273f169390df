import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ServiceKit

@Suite("A process")
struct ProcessTests {
    @Test("is live whatever it waits for, and ready when all of it is")
    func health() async throws {
        let readiness = Readiness()
        readiness.declare("database")
        let application = Application(
            router: AdminServer.router(metrics: Metrics(), readiness: readiness)
        )
        try await application.test(.router) { client in
            try await client.execute(uri: "/livez", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(String(buffer: response.body).contains("\"database\":\"starting\""))
            }
            readiness.ready("database")
            try await client.execute(uri: "/readyz", method: .get) { #expect($0.status == .ok) }
            readiness.notReady("database", reason: "postgresql://a:secret@b is away")
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(!String(buffer: response.body).contains("secret@"))
            }
            readiness.ready("database")
            readiness.stop()
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
            }
            try await client.execute(uri: "/livez", method: .get) { #expect($0.status == .ok) }
        }
    }

    @Test("shows its metrics as Prometheus reads them")
    func metricsPage() async throws {
        let metrics = Metrics()
        metrics.counter("seen_total", help: "Seen.").increment()
        let application = Application(
            router: AdminServer.router(metrics: metrics, readiness: Readiness())
        )
        try await application.test(.router) { client in
            try await client.execute(uri: "/metrics", method: .get) { response in
                #expect(
                    response.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true
                )
                #expect(String(buffer: response.body).contains("seen_total 1"))
            }
        }
    }

    @Test("leaves no core dump")
    func coreDumps() throws {
        try ProcessHardening.disableCoreDumps()
        #expect(try !ProcessHardening.allowsCoreDumps())
    }

    @Test("publishes what others look for, in one step")
    func runFolder() throws {
        let state = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: state) }
        let folder = RunFolder(state: state)
        #expect(folder.read("gateway.http.port") == nil)
        try folder.publish("gateway.http.port", "4711")
        #expect(folder.read("gateway.http.port") == "4711")
        folder.withdraw("gateway.http.port")
        #expect(folder.read("gateway.http.port") == nil)
    }

    @Test("ends with its own status where its settings cannot be used")
    func misconfigured() async {
        let outcome = await ServiceProcess.run(
            "example",
            summary: "",
            reader: SettingsReader(arguments: ["--port", "no"], environment: [:]),
            settings: { $0.integer("port", default: 1, in: 1...2, help: "") },
            services: { _, _ in [] }
        )
        #expect(outcome == .misconfigured)
    }
}

@Suite("Backoff")
struct BackoffTests {
    @Test(
        "doubles up to its maximum, with jitter in the upper half, and begins again after a success"
    )
    func growth() {
        var backoff = Backoff(initialMilliseconds: 100, maximumMilliseconds: 1_000)
        for bound in [100, 200, 400, 800, 1_000, 1_000] {
            let wait = backoff.next()
            #expect(wait >= .milliseconds(bound / 2))
            #expect(wait <= .milliseconds(bound))
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }

    @Test("stays at its maximum after very many failures")
    func manyFailures() {
        var backoff = Backoff(initialMilliseconds: 100, maximumMilliseconds: 5_000)
        for _ in 0..<100 { _ = backoff.next() }
        #expect(backoff.next() <= .seconds(5))
    }
}
