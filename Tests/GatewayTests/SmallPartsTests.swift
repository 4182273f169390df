import EventStore
import Money
import ServiceKit
import Testing

@testable import Gateway

/// Parts that decide by themselves.
@Suite struct SmallPartsTests {
    private let start = Timestamp(secondsSinceEpoch: 1_760_000_000)

    @Test("an address gets its burst, then one more at each interval")
    func limiter() {
        let limiter = AddressLimiter(perMinute: 6)
        for _ in 0..<6 { #expect(limiter.take(for: "10.0.0.1", at: start) == nil) }
        #expect(limiter.take(for: "10.0.0.1", at: start) == 10)
        #expect(limiter.take(for: "10.0.0.2", at: start) == nil)
        #expect(limiter.take(for: "10.0.0.1", at: start.adding(seconds: 9)) == 1)
        #expect(limiter.take(for: "10.0.0.1", at: start.adding(seconds: 10)) == nil)
        #expect(limiter.take(for: "10.0.0.1", at: start.adding(seconds: 10)) == 10)
    }

    @Test("addresses of one IPv6 network share a limit")
    func networks() {
        #expect(
            AddressLimiter.key(of: "2001:db8:1:2:3:4:5:6")
                == AddressLimiter.key(of: "2001:db8:1:2:9:9:9:9")
        )
        #expect(
            AddressLimiter.key(of: "2001:db8:1:2::1") != AddressLimiter.key(of: "2001:db8:1:3::1")
        )
    }

    @Test("a cursor is read as it was written, and nothing else is one")
    func cursors() throws {
        var cursor = EventCursor(
            place: FeedPosition(epoch: 1, transaction: 99, position: 12)
        )
        cursor.pass(FeedPosition(epoch: 1, transaction: 100, position: 13), isLastOfFact: false)
        #expect(EventCursor(text: cursor.text) == cursor)
        #expect(EventCursor(text: "")?.place == .beginning)
        for wrong in ["1", "1.2.3", "a.b.c.d", "1.2.-3.0", "1.2.3.27", "1.2.3.4.5"] {
            #expect(EventCursor(text: wrong) == nil, "\(wrong)")
        }
    }

    @Test("settings that would serve plain HTTP to the world are refused, with every reason")
    func settings() {
        let needed = ["DATABASE_URL": "postgres://x", "VAULT_URL": "https://v"]
        func problems(_ environment: [String: String]) -> [String] {
            var reader = SettingsReader(
                arguments: [],
                environment: needed.merging(environment) { $1 }
            )
            _ = GatewaySettings(&reader)
            do {
                try reader.finish()
                return []
            } catch {
                return error.problems
            }
        }
        #expect(problems([:]) == [])
        #expect(problems(["HOST": "0.0.0.0"]).count == 1)
        #expect(problems(["HOST": "0.0.0.0", "TLS_SELF_SIGNED": "true"]) == [])
        #expect(problems(["HOST": "0.0.0.0", "TRUSTED_PROXIES": "10.0.0.1"]) == [])
        #expect(problems(["TLS_CERTIFICATE_FILE": "c.pem"]).count == 1)
        #expect(problems(["ENVIRONMENT": "production"]).count == 3)
        #expect(
            problems([
                "ENVIRONMENT": "production", "TLS_CERTIFICATE_FILE": "c.pem",
                "TLS_KEY_FILE": "k.pem", "IDEMPOTENCY_SECRET": "0123456789abcdef",
                "WEBHOOK_SIGNING_SECRET": "0123456789abcdef",
            ]) == []
        )
        #expect(problems(["IDEMPOTENCY_SECRET": "short"]).count == 1)
        #expect(problems(["WEBHOOK_SIGNING_SECRET": "short"]).count == 1)
        #expect(
            problems(["ALLOW_LOOPBACK_TARGETS": "true", "ENVIRONMENT": "production"]).count == 4
        )
    }
}
