import NIOCore
import NIOHTTP1
import Webhooks

/// One request on a connection, and where its answer goes.
struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    /// How long the answer's first byte may take.
    let firstByteTimeout: TimeAmount
    /// How long all of it may take.
    let totalTimeout: TimeAmount
    let answer: EventLoopPromise<ExchangeAnswer>
}

/// What came back, or how it ended.
struct ExchangeAnswer: Sendable {
    enum End: Sendable, Equatable {
        /// The answer ended as it should; the connection can be used again if it may.
        case complete(reusable: Bool)
        /// Enough of the body was read.
        case cut
        case timedOut(AttemptPhase)
        /// The connection ended or spoke something else.
        case broken
    }

    var end: End
    var status: Int?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// When the first byte came.
    var firstByteAt: NIODeadline?
}

/// Puts a request on the wire and gathers the answer within its limits: headers and body are capped
/// and the rest is not read, nothing is decompressed, no redirect is followed.
///
/// Used on its channel's event loop only.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// The most bytes of a body that are kept; what follows is not read.
    static let maximumBodyBytes = 16_384
    /// The most headers that are kept.
    static let maximumHeaders = 64
    /// The most bytes of one header's value that are kept.
    static let maximumHeaderBytes = 1_024

    private var current: Exchange?
    private var answer = ExchangeAnswer(end: .broken)
    private var isReusable = false
    private var timers: [Scheduled<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard current == nil else {
            promise?.succeed()
            return exchange.answer.succeed(ExchangeAnswer(end: .broken))
        }
        current = exchange
        answer = ExchangeAnswer(end: .broken)
        isReusable = false
        start(.firstByte, exchange.firstByteTimeout, context)
        start(.total, exchange.totalTimeout, context)
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    private func start(
        _ phase: AttemptPhase,
        _ time: TimeAmount,
        _ context: ChannelHandlerContext
    ) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timers.append(
            context.eventLoop.scheduleTask(in: time) {
                let (handler, context) = bound.value
                if phase == .firstByte, handler.answer.firstByteAt != nil { return }
                // A status of success was the answer; a body that drips does not take it back.
                handler.finish(handler.hasStatus ? .cut : .timedOut(phase), context)
            }
        )
    }

    private var hasStatus: Bool { answer.status != nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard current != nil else {
            // An answer that nobody asked for.
            return context.close(promise: nil)
        }
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            isReusable = head.isKeepAlive
            answer.headers = head.headers.prefix(Self.maximumHeaders).map { header in
                (name: Self.clean(header.name), value: Self.clean(header.value))
            }
        case .body(let part):
            let room = Self.maximumBodyBytes - answer.body.count
            answer.body.append(contentsOf: part.readableBytesView.prefix(room))
            if part.readableBytes > room { finish(.cut, context) }
        case .end: finish(.complete(reusable: isReusable), context)
        }
    }

    /// What is stored is text without the character that Postgres cannot hold.
    private static func clean(_ text: String) -> String {
        String(decoding: text.utf8.prefix(maximumHeaderBytes).filter { $0 != 0 }, as: UTF8.self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.broken, context)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.broken, context)
        context.fireChannelInactive()
    }

    /// Notes when the first byte came, before anything makes sense of it.
    func firstByteCame() {
        if current != nil, answer.firstByteAt == nil { answer.firstByteAt = .now() }
    }

    private func finish(_ end: ExchangeAnswer.End, _ context: ChannelHandlerContext) {
        guard let exchange = current else { return }
        current = nil
        for timer in timers { timer.cancel() }
        timers = []
        answer.end = end
        exchange.answer.succeed(answer)
        if end != .complete(reusable: true) { context.close(promise: nil) }
    }
}

/// Stands before the decoder and sees the first byte of an answer.
final class FirstByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let exchanges: ExchangeHandler

    init(exchanges: ExchangeHandler) { self.exchanges = exchanges }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        exchanges.firstByteCame()
        context.fireChannelRead(data)
    }
}
