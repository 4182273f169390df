import HummingbirdCore
import Logging
import MerchantAPI
import NIOCore
import NIOHTTP1

/// An HTTP/1 connection whose requests pass ``RequestGuard`` before anything else sees them.
struct GuardedHTTPChannel: HTTPChannelHandler {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let limits: HTTPLimits
    private let refusals: @Sendable (APIError) -> Void

    var responder: HTTPChannelHandler.Responder { base.responder }

    init(
        responder: @escaping HTTPChannelHandler.Responder,
        limits: HTTPLimits,
        refusals: @escaping @Sendable (APIError) -> Void
    ) {
        base = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.maximumFieldBytes,
                    maxHeaderListSize: limits.maximumHeadBytes,
                    maxHeaderFieldCount: limits.maximumFields
                )
            )
        )
        self.limits = limits
        self.refusals = refusals
    }

    /// Builds the connection's pipeline: notice, parser, guard, and then the server's own.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.context(
                handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self
            )
            try pipeline.addHandler(ArrivalNotice(), position: .before(parser.handler))
            try pipeline.addHandler(
                RequestGuard(limits: limits, refusals: refusals),
                position: .after(parser.handler)
            )
            return value
        }
    }

    /// Serves the connection's requests.
    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
