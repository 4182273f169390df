import CommandQueue
import JSON
import MerchantAPI
import Testing

@testable import Gateway

/// What is refused before any handler runs.
@Suite struct DoorTests {
    private let bench = Bench()

    @Test("without a key, with a wrong one and with the wrong kind: 401, 401, 403, all in JSON")
    func keys() async throws {
        let none = try await bench.send("GET", "/v1/payment_intents", key: nil)
        #expect(none.status == 401)
        #expect(none.error?["type"] == "invalid_request_error")
        let wrong = try await bench.send("GET", "/v1/balance", key: "sk_test_nobodynobodynobody")
        #expect(wrong.status == 401)
        #expect(wrong.error?["message"] == "Invalid API Key provided: sk_test_***body")
        let publishable = try await bench.send("GET", "/v1/balance", key: Bench.publishableKey)
        #expect(publishable.status == 403)
        #expect(publishable.error?["code"] == "secret_key_required")
    }

    @Test("Basic authentication takes the key as user name, as curl sends it")
    func basic() throws {
        #expect(try Credentials.key(in: "Basic c2tfdGVzdF9hYmM6") == "sk_test_abc")
        #expect(try Credentials.key(in: "bearer  sk_test_abc ") == "sk_test_abc")
        for header in [nil, "", "Bearer", "Basic %%%", "Digest x", "Basic Og=="] {
            #expect(throws: APIError.missingKey) { try Credentials.key(in: header) }
        }
    }

    @Test(
        "an unknown path and an unknown method answer alike, in JSON",
        arguments: [
            ("GET", "/v1/nope"), ("DELETE", "/v1/payment_intents"), ("PUT", "/v1/refunds"),
            ("GET", "/"), ("GET", "/v1/payment_intents/"), ("POST", "/v1/charges/ch_1"),
        ]
    )
    func unknown(method: String, path: String) async throws {
        let answer = try await bench.send(method, path)
        #expect(answer.status == 404)
        #expect(
            answer.error?["message"]?.asString?
                .hasPrefix("Unrecognized request URL (\(method): \(path)).") == true
        )
    }

    @Test("every answer has a request id, and none may be kept by a cache")
    func headers() async throws {
        let answer = try await bench.send("GET", "/v1/nope")
        #expect(answer.header("Request-Id")?.hasPrefix("req_") == true)
        #expect(answer.header("Cache-Control") == "no-cache, no-store")
        #expect(answer.header("Content-Type") == "application/json")
    }

    @Test("JSON is pretty-printed as scripts expect it")
    func pretty() async throws {
        let answer = try await bench.post(
            "/v1/payment_intents",
            "amount=5000&currency=inr"
        )
        #expect(answer.text == "{\n  \"object\": \"done\"\n}\n")
    }

    @Test("the version is echoed, by either header, and an unknown one is refused")
    func versions() async throws {
        for header in ["Stripe-Version", "Gateway-Version"] {
            let answer = try await bench.post(
                "/v1/payment_intents",
                "amount=5000&currency=inr",
                headers: [header: "2022-11-15"]
            )
            #expect(answer.status == 200)
            #expect(answer.header("Stripe-Version") == "2022-11-15")
        }
        #expect(bench.desk.submissions.map(\.apiVersion) == ["2022-11-15", "2022-11-15"])
        let unknown = try await bench.send(
            "GET",
            "/v1/balance",
            headers: ["Stripe-Version": "1999-01-01"]
        )
        #expect(unknown.status == 400)
    }

    @Test("the body of a POST is a form, and its parameters are nowhere else")
    func bodies() async throws {
        let query = try await bench.post("/v1/payment_intents?amount=5000", "currency=inr")
        #expect(query.status == 400)
        let json = try await bench.send(
            "POST",
            "/v1/payment_intents",
            form: #"{"amount":5000}"#,
            headers: ["Content-Type": "application/json"]
        )
        #expect(json.status == 400)
        #expect(bench.desk.submissions.isEmpty)
    }

    @Test("outside development plain HTTP is refused, except from a proxy that is named")
    func plainHTTP() async throws {
        let strict = Bench(
            transport: TransportRules(
                terminatesTLS: false,
                allowsPlainHTTP: false,
                trustedProxies: [""]
            )
        )
        let plain = try await strict.send("GET", "/v1/versions")
        #expect(plain.status == 403)
        #expect(plain.error?["message"]?.asString?.contains("HTTPS") == true)
        let proxied = try await strict.send(
            "GET",
            "/v1/versions",
            headers: ["X-Forwarded-Proto": "https"]
        )
        #expect(proxied.status == 200)
        #expect(proxied.header("Strict-Transport-Security") != nil)
        let untrusted = Bench(
            transport: TransportRules(
                terminatesTLS: false,
                allowsPlainHTTP: false,
                trustedProxies: ["10.0.0.1"]
            )
        )
        let claimed = try await untrusted.send(
            "GET",
            "/v1/versions",
            headers: ["X-Forwarded-Proto": "https"]
        )
        #expect(claimed.status == 403)
    }

    @Test("the description and the versions need no key")
    func open() async throws {
        let description = try await bench.send("GET", "/openapi.json", key: nil)
        #expect(description.status == 200)
        #expect(description.body["openapi"] == "3.1.0")
        let versions = try await bench.send("GET", "/v1/versions", key: nil)
        #expect(versions.body["data"]?.asArray?.first?["object"] == "api_version")
    }

    @Test("identifiers in a path are percent-decoded once and never hold a slash")
    func pathVariables() throws {
        let routes = RouteTable()
        let match = try #require(routes.match(method: "GET", path: "/v1/refunds/re%5F1"))
        #expect(match.variables == ["refund": "re_1"])
        #expect(routes.match(method: "GET", path: "/v1/refunds/a%2Fb") == nil)
        #expect(routes.match(method: "GET", path: "/v1/refunds/a%00") == nil)
        #expect(routes.match(method: "GET", path: "/v1/refunds/%zz") == nil)
    }
}
