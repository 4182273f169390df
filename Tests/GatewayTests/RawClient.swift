import Hummingbird
import JSON
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

@testable import Gateway

/// A response as its bytes came.
struct RawResponse: Sendable {
    let status: Int
    let head: String
    let body: JSON
}

/// A client that sends what it is told, right or wrong.
enum RawClient {
    /// Sends texts one after the other, and reads until the server ends the connection.
    static func exchange(
        _ parts: [String],
        port: Int,
        closesOutput: Bool = false
    ) async throws -> [RawResponse] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        var received = ByteBuffer()
        try await channel.executeThenClose { inbound, outbound in
            for part in parts { try await outbound.write(ByteBuffer(string: part)) }
            if closesOutput { outbound.finish() }
            for try await buffer in inbound { received.writeImmutableBuffer(buffer) }
        }
        return try responses(in: String(buffer: received))
    }

    /// Takes responses with a Content-Length apart.
    private static func responses(in text: String) throws -> [RawResponse] {
        var responses: [RawResponse] = []
        var rest = text[...]
        while let end = rest.range(of: "\r\n\r\n") {
            let head = rest[..<end.lowerBound].lowercased()
            let length = head.split(separator: "content-length: ").last?
                .prefix { $0.isNumber }
            let count = length.flatMap { Int($0) } ?? 0
            let body = rest[end.upperBound...].utf8.prefix(count)
            let words = head.split(separator: " ")
            responses.append(
                RawResponse(
                    status: words.count > 1 ? Int(words[1]) ?? 0 : 0,
                    head: head,
                    body: try JSON(parsing: Array(body))
                )
            )
            rest = rest[end.upperBound...].dropFirst(String(Substring(body)).count)
        }
        return responses
    }
}

extension Substring {
    /// Where a text first stands.
    fileprivate func range(of text: String) -> Range<Index>? {
        ranges(of: text).first
    }
}

/// A gateway on a port of its own for as long as a test needs it.
struct RunningServer: Sendable {
    let bench: Bench
    let limits: HTTPLimits

    /// Runs a test against the port and ends the server gracefully.
    func run<Value: Sendable>(
        _ test: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        try await runUntilStopped { port, _ in try await test(port) }
    }

    /// The same for a test that begins the server's graceful end itself.
    func runUntilStopped<Value: Sendable>(
        _ test:
            @escaping @Sendable (Int, @escaping @Sendable () async -> Void) async throws ->
            Value
    ) async throws -> Value {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let service = HTTPService(
            responder: bench.responder,
            host: "127.0.0.1",
            port: 0,
            limits: limits,
            tls: nil,
            logger: Bench.silent,
            onListening: { announce.yield($0) }
        )
        let group = ServiceGroup(services: [service], logger: Bench.silent)
        return try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                var iterator = ports.makeAsyncIterator()
                let port = await iterator.next() ?? 0
                let value = try await test(port) { await group.triggerGracefulShutdown() }
                await group.triggerGracefulShutdown()
                return value
            }
            var result: Value?
            while let next = try await tasks.next() {
                if let next { result = next }
            }
            guard let result else { throw NeverTested() }
            return result
        }
    }

    private struct NeverTested: Error {}
}
