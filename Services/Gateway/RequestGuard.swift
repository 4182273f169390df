import JSON
import MerchantAPI
import NIOCore
import NIOHTTP1

/// Stands between the HTTP parser and everything else, and answers what may not pass.
///
/// A refusal is a JSON error object and the end of the connection. Whoever waits for the rest of a
/// refused request gets an error, never a shorter body: no effect before the body has ended.
final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The first bytes of a request have come; sent by ``ArrivalNotice``.
    struct BytesArrived: Sendable {}

    /// What a handler behind a refused request is told.
    struct Refused: Error {}

    private enum Reading {
        case nothing
        case head
        case body(bytes: Int)
    }

    private enum Fate {
        case open
        /// Answered once earlier requests of the connection have been.
        case refusedLater(APIError)
        case refused
    }

    private let limits: HTTPLimits
    private let refusals: @Sendable (APIError) -> Void
    private var reading = Reading.nothing
    private var openResponses = 0
    private var hasStartedResponse = false
    private var fate = Fate.open
    private var isLingering = false
    private var closePromises: [EventLoopPromise<Void>] = []
    private let timer = LazyTimer()
    private var isHeadRequest = false

    init(limits: HTTPLimits, refusals: @escaping @Sendable (APIError) -> Void) {
        self.limits = limits
        self.refusals = refusals
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startIdleTimer(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer.end() }

    func channelActive(context: ChannelHandlerContext) {
        startIdleTimer(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer.end()
        context.fireChannelInactive()
    }

    // MARK: - Inbound

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is BytesArrived {
            guard case .open = fate, case .nothing = reading else { return }
            reading = .head
            startTimer(context, limits.headMilliseconds) { $0.refuse(.tooSlow("head"), $1) }
            return
        }
        if isLingering, let closed = event as? ChannelEvent, closed == .inputClosed {
            endLinger(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = fate else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body(let buffer): read(buffer, context)
        case .end(let trailers):
            guard trailers == nil else {
                refuse(.invalid("Trailers are not accepted."), context)
                return
            }
            timer.stop()
            reading = .nothing
            context.fireChannelRead(data)
        }
    }

    private func read(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isHeadRequest = head.method == .HEAD
        do {
            let checked = try HeadRules.checked(head, limits: limits)
            reading = .body(bytes: 0)
            openResponses += 1
            startTimer(context, limits.bodyMilliseconds) { $0.refuse(.tooSlow("body"), $1) }
            context.fireChannelRead(wrapInboundOut(.head(checked)))
        } catch {
            refuse(error, context)
        }
    }

    private func read(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .body(let bytes) = reading else { return }
        let sum = bytes + buffer.readableBytes
        guard sum <= limits.maximumBodyBytes else {
            refuse(.bodyTooLarge(limits), context)
            return
        }
        reading = .body(bytes: sum)
        context.fireChannelRead(wrapInboundOut(.body(buffer)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError, case .open = fate else {
            context.fireErrorCaught(error)
            return
        }
        switch parserError {
        case .headerOverflow:
            refuse(.invalid("The request's head is too large.", status: 431), context)
        case .invalidEOFState:
            // The client went away in the middle of a request: nobody is there to be answered.
            context.fireErrorCaught(Refused())
            context.close(promise: nil)
        case _:
            refuse(.invalid("The request is not valid HTTP."), context)
        }
    }

    // MARK: - Outbound

    func write(
        context: ChannelHandlerContext,
        data: NIOAny,
        promise: EventLoopPromise<Void>?
    ) {
        if case .refused = fate {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head: hasStartedResponse = true
        case .body: break
        case .end:
            hasStartedResponse = false
            openResponses -= 1
        }
        context.write(data, promise: promise)
        if case .refusedLater(let error) = fate {
            answerIfTurn(error, context)
        } else if openResponses == 0, case .nothing = reading {
            startIdleTimer(context)
        }
    }

    func close(
        context: ChannelHandlerContext,
        mode: CloseMode,
        promise: EventLoopPromise<Void>?
    ) {
        guard isLingering else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { closePromises.append(promise) }
    }

    // MARK: - Refusing

    private func refuse(_ error: APIError, _ context: ChannelHandlerContext) {
        guard case .open = fate else { return }
        timer.stop()
        fate = .refusedLater(error)
        answerIfTurn(error, context)
    }

    /// Answers in the order of the requests: what came before a refused one is answered first.
    private func answerIfTurn(_ error: APIError, _ context: ChannelHandlerContext) {
        var isInBody = false
        if case .body = reading { isInBody = true }
        guard openResponses <= (isInBody ? 1 : 0) else { return }
        // A handler may have answered before the body ended; then nothing is left to be said.
        let isAnswered = hasStartedResponse || (isInBody && openResponses == 0)
        fate = .refused
        refusals(error)
        guard !isAnswered else {
            context.fireErrorCaught(Refused())
            context.close(promise: nil)
            return
        }
        let answer = RefusalAnswer(error, withBody: !isHeadRequest)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if let body = answer.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        isLingering = true
        startTimer(context, limits.lingerMilliseconds) { $0.endLinger($1) }
        context.fireErrorCaught(Refused())
    }

    private func endLinger(_ context: ChannelHandlerContext) {
        isLingering = false
        timer.stop()
        let promises = closePromises
        closePromises = []
        context.close().whenComplete { result in
            for promise in promises { promise.completeWith(result) }
        }
    }

    // MARK: - Timers

    private func startIdleTimer(_ context: ChannelHandlerContext) {
        startTimer(context, limits.idleMilliseconds) { guardian, context in
            if guardian.openResponses == 0 { context.close(promise: nil) }
        }
    }

    private func startTimer(
        _ context: ChannelHandlerContext,
        _ milliseconds: Int64,
        _ action: @escaping (RequestGuard, ChannelHandlerContext) -> Void
    ) {
        timer.start(milliseconds, on: context.eventLoop) { action(self, context) }
    }
}

/// The bytes of a refusal that no handler made.
private struct RefusalAnswer {
    let head: HTTPResponseHead
    let body: ByteBuffer?

    init(_ error: APIError, withBody: Bool) {
        let bytes = error.body.prettyPrinted() + Array("\n".utf8)
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(bytes.count))
        headers.add(name: "cache-control", value: "no-cache, no-store")
        headers.add(name: "request-id", value: RequestID.generate())
        headers.add(name: "connection", value: "close")
        head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: error.status),
            headers: headers
        )
        body = withBody ? ByteBuffer(bytes: bytes) : nil
    }
}

/// Tells the guard when the first bytes of a request arrive, before the parser has made sense of
/// them; it stands in front of the parser.
final class ArrivalNotice: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireUserInboundEventTriggered(RequestGuard.BytesArrived())
        context.fireChannelRead(data)
    }
}
