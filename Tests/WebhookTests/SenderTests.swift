import MerchantAPI
import Money
import NIOCore
import NIOHTTP1
import NIOPosix
import Payments
import Synchronization
import Testing
import WebhookStore
import Webhooks

@testable import Webhook

/// A receiver on loopback that notes the hosts it was called by.
final class NotingReceiver: Sendable {
    let port: Int
    private let channel: any Channel
    private let notes: Notes

    var hosts: [String] { notes.hosts.withLock { $0 } }

    private final class Notes: Sendable {
        let hosts = Mutex<[String]>([])
    }

    init() async throws {
        let notes = Notes()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(notes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = try #require(channel.localAddress?.port)
        self.notes = notes
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let notes: Notes

        init(_ notes: Notes) { self.notes = notes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                notes.hosts.withLock { $0.append(head.headers.first(name: "Host") ?? "") }
            case .body: break
            case .end:
                let headers: HTTPHeaders = ["Content-Length": "0", "Connection": "close"]
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

@Suite("An attempt goes to the address that was checked and to no other")
struct SenderTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    private func sender(
        _ resolver: ScriptedResolver,
        port: Int,
        filter: AddressFilter
    ) throws -> Sender {
        Sender(
            guardian: AddressGuard(filter: filter, resolver: resolver),
            policy: TargetPolicy(ports: [port], allowsPlainHTTP: true),
            connections: try TargetConnections(
                group: MultiThreadedEventLoopGroup.singleton,
                trusting: nil
            ),
            secrets: WebhookSecrets(installationSecret: Array("0123456789abcdef".utf8)),
            timeouts: Sender.Timeouts(),
            clock: { Self.now }
        )
    }

    private func delivery(_ url: String) -> ClaimedDelivery {
        let endpoint = WebhookEndpoint(
            id: WebhookEndpointID(checked: "we_000000000000000000000001"),
            merchantID: MerchantID(checked: "acct_000000000000000000000001"),
            livemode: false,
            apiVersion: nil,
            settings: WebhookSettings(url: url, enabledEvents: ["*"]),
            keys: [
                WebhookKey(
                    id: WebhookKeyID(checked: "whk_000000000000000000000001"),
                    createdAt: Self.now
                )
            ],
            createdAt: Self.now
        )
        return ClaimedDelivery(
            id: WebhookDeliveryID(checked: "whd_000000000000000000000001"),
            target: WebhookTarget(endpoint: endpoint),
            eventID: "evt_1",
            eventType: "charge.captured",
            body: Array("{}".utf8),
            number: 1,
            step: 0,
            dueAt: Self.now,
            isProbe: false,
            leaseToken: 1
        )
    }

    @Test(
        "The name is asked for once, and stands in the request though an address was connected to"
    )
    func pinned() async throws {
        let receiver = try await NotingReceiver()
        let resolver = ScriptedResolver([["127.0.0.1"]])
        let sender = try sender(
            resolver,
            port: receiver.port,
            filter: AddressFilter(allowsLoopback: true)
        )
        let record = await sender.attempt(
            delivery("http://hooks.example.com:\(receiver.port)/")
        )
        #expect(record.outcome == .delivered(status: 200))
        #expect(record.peerAddress == "127.0.0.1")
        #expect(record.keyIDs == ["whk_000000000000000000000001"])
        #expect(resolver.askedCount == 1)
        #expect(receiver.hosts == ["hooks.example.com:\(receiver.port)"])
        try await receiver.stop()
    }

    @Test("A name that turned to this machine is not connected to")
    func rebound() async throws {
        let receiver = try await NotingReceiver()
        let sender = try sender(
            ScriptedResolver([["127.0.0.1"]]),
            port: receiver.port,
            filter: AddressFilter()
        )
        let record = await sender.attempt(
            delivery("http://hooks.example.com:\(receiver.port)/")
        )
        #expect(record.outcome == .forbidden(.loopback))
        #expect(receiver.hosts.isEmpty)
        try await receiver.stop()
    }
}
