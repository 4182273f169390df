import Hummingbird
import HummingbirdCore
import JSON
import Logging
import MerchantAPI
import Money
import Payments
import ServiceKit

/// Takes an HTTP request in and gives an HTTP response out; everything between is the API's own.
///
/// In this order: transport, route, key, version, form, parameters, limits, admission, handler. What is
/// refused before the handler is never stored, so its idempotency key may be used again.
struct GatewayResponder: HTTPResponder {
    typealias Context = GatewayContext

    /// How the gateway is reached.
    let transport: TransportRules
    /// What the endpoints do.
    let handlers: MerchantAPIHandlers
    /// The bounds of a request.
    let limits: HTTPLimits
    /// How often one address may make merchants or store cards.
    let addressLimits: AddressLimits
    /// How many requests may be under way.
    let admission: Admission
    /// Measures the stages of a request.
    let stages: StageTrace
    /// How long a caller waits for an outcome.
    let replyTimeout: Duration
    /// Counts requests.
    let metrics: GatewayMetrics
    /// Writes what went wrong.
    let logger: Logger
    private let routes = RouteTable()
    private let description = OpenAPI.document().prettyPrinted()

    /// Makes the responder.
    init(
        transport: TransportRules,
        handlers: MerchantAPIHandlers,
        limits: HTTPLimits,
        addressLimits: AddressLimits,
        admission: Admission = Admission(),
        stages: StageTrace = .off,
        replyTimeout: Duration,
        metrics: GatewayMetrics,
        logger: Logger
    ) {
        self.transport = transport
        self.handlers = handlers
        self.limits = limits
        self.addressLimits = addressLimits
        self.admission = admission
        self.stages = stages
        self.replyTimeout = replyTimeout
        self.metrics = metrics
        self.logger = logger
    }

    func respond(to request: Request, context: GatewayContext) async throws -> Response {
        let started = ContinuousClock.now
        var visit = Visit(requestID: RequestID.generate())
        let answer: APIAnswer
        do {
            answer = try await self.answer(request, context, &visit, started: started)
        } catch {
            answer = self.answer(to: error, visit)
        }
        let duration = ContinuousClock.now - started
        metrics.count(visit.operation, status: answer.status, duration: duration)
        log(visit, answer, duration)
        return response(answer, visit, request)
    }

    /// What is known of a request while it is served; for the answer's headers and the log.
    private struct Visit {
        let requestID: String
        var endpoint: Endpoint?
        var merchantID: String?
        var version: APIVersion?
        var isSecure = false
        var isDescription = false

        var operation: String { endpoint?.operation.rawValue ?? "none" }
    }

    private func answer(
        _ request: Request,
        _ context: GatewayContext,
        _ visit: inout Visit,
        started: ContinuousClock.Instant
    ) async throws -> APIAnswer {
        let client = try transport.client(of: request, peer: context.peerAddress)
        visit.isSecure = client.isSecure
        let path = request.uri.path
        let method = request.method.rawValue
        if path == "/openapi.json", method == "GET" {
            visit.isDescription = true
            return APIAnswer(status: 200, body: description)
        }
        guard let match = routes.match(method: method, path: path) else {
            throw APIError.unknownURL(method: method, path: path)
        }
        visit.endpoint = match.endpoint
        let clock = stages.start()
        let caller = try await caller(request, match.endpoint)
        visit.merchantID = caller?.merchant.id.rawValue
        visit.version = try version(request, caller)
        let form = try await form(request, match.endpoint)
        let parameters = try ParameterValidation(match.endpoint.parameters).read(form)
        let call = APICall(
            requestID: visit.requestID,
            endpoint: match.endpoint,
            path: path,
            variables: match.variables,
            form: form,
            parameters: parameters,
            caller: caller,
            version: visit.version ?? .current,
            idempotencyKey: try idempotencyKey(request, match.endpoint),
            clientAddress: client.address,
            deadline: started + replyTimeout,
            stages: clock
        )
        if let seconds = addressLimits.refusal(of: call, at: handlers.clock()) {
            var answer = APIAnswer(.rateLimited("Too many requests came from this address."))
            answer.retryAfterSeconds = seconds
            return answer
        }
        let requestClass = RequestClass(match.endpoint)
        let answer = try await admission.run(requestClass) { try await handlers.answer(call) }
        if answer == nil { metrics.countShed(requestClass) }
        return answer ?? .shed
    }

    // MARK: - At the door

    private func caller(_ request: Request, _ endpoint: Endpoint) async throws -> KnownCaller? {
        switch endpoint.access {
        case .open: return nil
        case .secretKey, .anyKey, .clientSecret:
            let key = try Credentials.key(in: request.headers[.authorization])
            let caller = try await handlers.keys.caller(key)
            try AccessRules.check(caller, for: endpoint)
            return caller
        }
    }

    private func version(_ request: Request, _ caller: KnownCaller?) throws -> APIVersion {
        let asked =
            request.headers[.stripeVersion] ?? request.headers[.gatewayVersion]
            ?? caller?.merchant.apiVersion ?? APIVersion.current.rawValue
        guard let version = APIVersion(rawValue: asked) else {
            throw APIError.unknownVersion(asked)
        }
        return version
    }

    private func idempotencyKey(_ request: Request, _ endpoint: Endpoint) throws -> String? {
        guard endpoint.method == .post, let key = request.headers[.idempotencyKey] else {
            return nil
        }
        guard (1...255).contains(key.unicodeScalars.count) else {
            throw APIError.invalid("Idempotency keys have 1 to 255 characters.")
        }
        guard !SensitiveText.holdsCardNumber(key) else {
            throw APIError.invalid("The idempotency key looks like a card number.")
        }
        return key
    }

    private func form(_ request: Request, _ endpoint: Endpoint) async throws -> FormParameters {
        let query = request.uri.query ?? ""
        var body = try await request.body.collect(upTo: limits.maximumBodyBytes)
        switch endpoint.method {
        case .get, .delete:
            guard body.readableBytes == 0 else {
                throw APIError.invalid(
                    "A \(endpoint.method.rawValue) has no body; its parameters belong in the query."
                )
            }
            return try FormParameters(parsing: query.utf8)
        case .post:
            guard query.isEmpty else {
                throw APIError.invalid("The parameters of a POST belong in its body.")
            }
            guard body.readableBytes > 0 else { return FormParameters() }
            try checkContentType(request.headers[.contentType])
            let bytes = body.readBytes(length: body.readableBytes) ?? []
            return try FormParameters(parsing: bytes)
        }
    }

    private func checkContentType(_ header: String?) throws(APIError) {
        let type = (header ?? "").split(separator: ";").first.map { $0.lowercased() } ?? ""
        guard type == "application/x-www-form-urlencoded" else {
            throw .invalid(
                "Bodies must be of the content type application/x-www-form-urlencoded."
            )
        }
    }

    // MARK: - On the way out

    private func answer(to error: any Error, _ visit: Visit) -> APIAnswer {
        let (shown, isOurs) = GatewayError.answer(to: error, visit.endpoint?.resource)
        if isOurs {
            logger.error(
                "a request failed",
                metadata: [
                    "request_id": "\(visit.requestID)", "operation": "\(visit.operation)",
                    "reason": "\(error)",
                ]
            )
        }
        return APIAnswer(shown)
    }

    private func log(_ visit: Visit, _ answer: APIAnswer, _ duration: Duration) {
        logger.log(
            level: answer.status < 400 ? .debug : .info,
            "answered",
            metadata: [
                "request_id": "\(visit.requestID)",
                "operation": "\(visit.operation)",
                "merchant": "\(visit.merchantID ?? "")",
                "status": "\(answer.status)",
                "milliseconds": "\(duration / .milliseconds(1))",
            ]
        )
    }

    private func response(_ answer: APIAnswer, _ visit: Visit, _ request: Request) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-cache, no-store"
        headers[.requestID] = visit.requestID
        if let version = visit.version { headers[.stripeVersion] = version.rawValue }
        if let original = answer.originalRequestID { headers[.originalRequest] = original }
        if answer.isReplayed { headers[.idempotentReplayed] = "true" }
        if let retry = answer.shouldRetry { headers[.stripeShouldRetry] = String(retry) }
        if let seconds = answer.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if visit.isSecure { headers[.strictTransportSecurity] = "max-age=31536000" }
        var bytes =
            visit.isDescription ? answer.body : JSON.prettyPrint(compact: answer.body)
        bytes.append(UInt8(ascii: "\n"))
        guard request.method != .head else {
            return Response(status: .init(code: answer.status), headers: headers)
        }
        return Response(
            status: .init(code: answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}

extension HTTPFields.Element.Name {
    private static func known(_ name: String) -> Self {
        guard let field = Self(name) else {
            preconditionFailure("the names of our own headers are tokens")
        }
        return field
    }

    static let stripeVersion = known("Stripe-Version")
    static let gatewayVersion = known("Gateway-Version")
    static let idempotencyKey = known("Idempotency-Key")
    static let idempotentReplayed = known("Idempotent-Replayed")
    static let originalRequest = known("Original-Request")
    static let requestID = known("Request-Id")
    static let stripeShouldRetry = known("Stripe-Should-Retry")
    static let forwardedProtocol = known("X-Forwarded-Proto")
    static let forwardedFor = known("X-Forwarded-For")
}
