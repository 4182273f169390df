import Foundation
import Logging
import ServiceKit
import Synchronization
import Testing

/// Keeps lines instead of writing them.
private final class MemorySink: LogSink {
    private let lines = Mutex<[String]>([])

    func write(_ line: [UInt8]) {
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }

    func only() throws -> [String: String] {
        let all = lines.withLock { $0 }
        let line = try #require(all.first)
        #expect(all.count == 1)
        #expect(line.hasSuffix("}\n"))
        return try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }
}

@Suite("A log line")
struct JSONLogHandlerTests {
    private let sink = MemorySink()

    private func logger(level: Logger.Level = .info) -> Logger {
        Logger(label: "test") { [sink] label in
            JSONLogHandler(label: label, service: "gateway", level: level, sink: sink)
        }
    }

    @Test("is one JSON object with time, level, service, logger, message and metadata")
    func fields() throws {
        var logger = logger()
        logger[metadataKey: "request_id"] = "req_1"
        logger.info("hello\n\"you\" \u{1} é", metadata: ["count": "3"])
        let line = try sink.only()
        #expect(line["level"] == "info")
        #expect(line["service"] == "gateway")
        #expect(line["logger"] == "test")
        #expect(line["message"] == "hello\n\"you\" \u{1} é")
        #expect(line["request_id"] == "req_1")
        #expect(line["count"] == "3")
        let time = try #require(line["time"])
        #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#) != nil)
    }

    @Test("has nothing secret in message, metadata, key or error")
    func redacted() throws {
        struct Failure: Error {
            let number = "5555555555554444"
        }
        logger().error(
            "refused 4242424242424242",
            error: Failure(),
            metadata: [
                "cvc": "123", "key": "sk_test_abc", "4242424242424242": "x",
                "nested": ["card": "378282246310005"],
            ]
        )
        let line = try sink.only()
        #expect(line["message"] == "refused [card number]")
        #expect(line["cvc"] == "[redacted]")
        #expect(line["key"] == "sk_test_[redacted]")
        #expect(line["[card number]"] == "x")
        #expect(line["nested"]?.contains("[card number]") == true)
        #expect(line["error"]?.contains("[card number]") == true)
    }

    @Test("is not written below the level")
    func level() throws {
        let logger = logger(level: .warning)
        logger.info("quiet")
        logger.warning("loud")
        #expect(try sink.only()["message"] == "loud")
    }
}
