import Hummingbird
import JSON
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

/// The listener on a real socket, against clients that break the rules of HTTP.
@Suite struct SocketTests {
    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.maximumBodyBytes = 1_000
        limits.headMilliseconds = 200
        limits.bodyMilliseconds = 200
        limits.lingerMilliseconds = 200
        return limits
    }()

    /// Sends bytes to a new gateway and gives what comes back until the connection ends.
    private func exchange(_ parts: String...) async throws -> [RawResponse] {
        let server = RunningServer(bench: Bench(limits: Self.limits), limits: Self.limits)
        return try await server.run { port in
            try await RawClient.exchange(parts, port: port)
        }
    }

    private static let valid = "GET /v1/versions HTTP/1.1\r\nHost: localhost\r\n"

    @Test("a valid request is answered, and the connection is kept for the next")
    func keepAlive() async throws {
        let answers = try await exchange(
            Self.valid + "\r\n" + Self.valid + "Connection: close\r\n\r\n"
        )
        #expect(answers.map(\.status) == [200, 200])
        #expect(answers.allSatisfy { $0.body["object"] == "list" })
    }

    @Test(
        "a request that could be read in two ways is refused in JSON, and the connection ends",
        arguments: [
            ("no Host", "GET /v1/versions HTTP/1.1\r\n\r\n", 400),
            ("two Hosts", valid + "Host: other\r\n\r\n", 400),
            ("a Host that is none", "GET /v1/versions HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
            (
                "Transfer-Encoding on HTTP/1.0",
                "POST /v1/tokens HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400
            ),
            (
                "two framings",
                "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                    + "Content-Length: 5\r\n\r\n0\r\n\r\n", 400
            ),
            (
                "an unknown encoding",
                "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
                    + "0\r\n\r\n", 400
            ),
            (
                "another host in the target",
                "GET http://evil/v1/versions HTTP/1.1\r\nHost: localhost\r\n\r\n", 400
            ),
            ("no path", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("not HTTP", "what is this\r\n\r\n", 400),
            ("an expectation", valid + "Expect: 100-continue\r\n\r\n", 417),
            ("an odd method", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 404),
            (
                "a body larger than the limit",
                "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413
            ),
            (
                "a chunked body larger than the limit",
                "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
                    + String(repeating: "x", count: 1_001) + "\r\n0\r\n\r\n", 413
            ),
            (
                "a head larger than the limit",
                valid + "X: " + String(repeating: "x", count: 17_000) + "\r\n\r\n", 431
            ),
            (
                "too many fields",
                valid + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431
            ),
            (
                "a target longer than the limit",
                "GET /" + String(repeating: "x", count: 8_200) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                414
            ),
            (
                "trailers",
                "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
                    + "X: y\r\n\r\n", 400
            ),
        ] as [(String, String, Int)]
    )
    func refused(name: String, request: String, status: Int) async throws {
        let answers = try await exchange(request)
        #expect(answers.map(\.status) == [status], "\(name)")
        let answer = try #require(answers.first)
        #expect(answer.body["error"]?["type"] == "invalid_request_error", "\(name)")
        #expect(answer.head.contains("connection: close"), "\(name)")
        #expect(answer.head.contains("request-id: req_"), "\(name)")
    }

    @Test("a target that names our own host is understood")
    func absoluteForm() async throws {
        let answers = try await exchange(
            "GET http://localhost/v1/versions HTTP/1.1\r\nHost: localhost\r\n"
                + "Connection: close\r\n\r\n"
        )
        #expect(answers.map(\.status) == [200])
    }

    @Test("an unknown path and method are JSON over a socket too")
    func unknown() async throws {
        let answers = try await exchange(
            "GET /v1/nope HTTP/1.1\r\nHost: a\r\n\r\nDELETE /v1/refunds HTTP/1.1\r\nHost: a\r\n"
                + "Connection: close\r\n\r\n"
        )
        #expect(answers.map(\.status) == [404, 404])
        #expect(answers.allSatisfy { $0.body["error"]?["message"] != nil })
    }

    @Test("a head that never ends and a body that never comes are given up in JSON")
    func slow() async throws {
        let head = try await exchange("GET /v1/versions HTTP/1.1\r\nHost: a\r\n")
        #expect(head.map(\.status) == [408])
        let body = try await exchange(
            "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\ncard"
        )
        // Without a key the answer does not wait for the body; the connection ends all the same.
        #expect(body.map(\.status) == [401])
        let known = try await exchange(
            "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Bench.secretKey)\r\n"
                + "Content-Length: 100\r\n\r\ncard"
        )
        #expect(known.map(\.status) == [408])
        #expect(known.first?.body["error"]?["message"] != nil)
    }

    @Test("a wrong request behind a right one is answered after it")
    func order() async throws {
        let answers = try await exchange(
            Self.valid + "\r\n" + "GET /v1/versions HTTP/1.1\r\n\r\n"
        )
        #expect(answers.map(\.status) == [200, 400])
    }

    @Test("a body that is cut off has no effect")
    func cutOff() async throws {
        let bench = Bench(limits: Self.limits)
        let server = RunningServer(bench: bench, limits: Self.limits)
        let form = "amount=5000&currency=inr"
        let head =
            "POST /v1/payment_intents HTTP/1.1\r\nHost: a\r\n"
            + "Authorization: Bearer \(Bench.secretKey)\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n"
        try await server.run { port in
            _ = try await RawClient.exchange(
                [head + "Content-Length: \(form.utf8.count + 5)\r\n\r\n" + form],
                port: port,
                closesOutput: true
            )
            let whole = try await RawClient.exchange(
                [
                    head + "Connection: close\r\nContent-Length: \(form.utf8.count)\r\n\r\n"
                        + form
                ],
                port: port
            )
            #expect(whole.map(\.status) == [200])
        }
        #expect(bench.desk.submissions.count == 1)
    }
}
