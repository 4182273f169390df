public import JSON

/// A refusal as merchants see it: an HTTP status and an error object.
///
/// The official client picks its exception by the status alone, so the statuses here are part of
/// the contract: 402 is for cards and nothing else, 409 is tried again by itself.
public struct APIError: Error, Sendable, Equatable {
    /// The four words that `error.type` can be.
    public enum Kind: String, Sendable, CaseIterable {
        case apiError = "api_error"
        case cardError = "card_error"
        case idempotencyError = "idempotency_error"
        case invalidRequestError = "invalid_request_error"
    }

    /// The HTTP status.
    public let status: Int
    /// `error.type`.
    public let kind: Kind
    /// `error.code`.
    public var code: String?
    /// A sentence for the merchant's developer; never card data or a secret.
    public let message: String
    /// The parameter at fault, in bracket form.
    public var parameter: String?
    /// The issuer's reason.
    public var declineCode: String?
    /// What to do next about a decline.
    public var adviceCode: String?
    /// The network's own code.
    public var networkDeclineCode: String?
    /// The failed charge.
    public var charge: String?
    /// The payment intent, in full.
    public var paymentIntent: JSON?
    /// The payment method, in full.
    public var paymentMethod: JSON?

    /// Makes an error from its fixed parts.
    public init(
        status: Int,
        kind: Kind,
        code: String? = nil,
        message: String,
        parameter: String? = nil
    ) {
        self.status = status
        self.kind = kind
        self.code = code
        self.message = message
        self.parameter = parameter
    }

    /// The error object, wrapped as the API wraps it.
    public var body: JSON {
        var fields: [JSON.Member] = []
        func add(_ key: String, _ value: JSON?) {
            if let value { fields.append(JSON.Member(key: key, value: value)) }
        }
        add("advice_code", adviceCode.map { .string($0) })
        add("charge", charge.map { .string($0) })
        add("code", code.map { .string($0) })
        add("decline_code", declineCode.map { .string($0) })
        add("message", .string(message))
        add("network_decline_code", networkDeclineCode.map { .string($0) })
        add("param", parameter.map { .string($0) })
        add("payment_intent", paymentIntent)
        add("payment_method", paymentMethod)
        add("payment_method_type", paymentMethod == nil ? nil : "card")
        add("type", .string(kind.rawValue))
        return ["error": .object(fields)]
    }
}

/// Errors about a request's parameters: never stored, so the same key may be used again.
extension APIError {
    /// A request that cannot be understood or may not be made.
    public static func invalid(
        _ message: String,
        parameter: String? = nil,
        code: String? = nil,
        status: Int = 400
    ) -> APIError {
        APIError(
            status: status,
            kind: .invalidRequestError,
            code: code,
            message: message,
            parameter: parameter
        )
    }

    /// A parameter that the endpoint does not know.
    public static func unknownParameter(_ name: String) -> APIError {
        .invalid(
            "Received unknown parameter: \(name)",
            parameter: name,
            code: "parameter_unknown"
        )
    }

    /// A parameter that must be there.
    public static func missing(_ name: String) -> APIError {
        .invalid("Missing required param: \(name).", parameter: name, code: "parameter_missing")
    }

    /// A parameter that must not be empty.
    public static func empty(_ name: String) -> APIError {
        .invalid(
            "You passed an empty string for '\(name)'. We assume empty values are an attempt to "
                + "unset a parameter; however '\(name)' cannot be unset.",
            parameter: name,
            code: "parameter_invalid_empty"
        )
    }

    /// Parameters that exclude each other.
    public static func exclusive(_ first: String, _ second: String) -> APIError {
        .invalid(
            "You may only specify one of these parameters: \(first), \(second).",
            parameter: first,
            code: "parameters_exclusive"
        )
    }

    /// An object that this merchant does not have, whether or not another one does.
    public static func noSuch(
        _ kind: String,
        _ id: String,
        parameter: String,
        status: Int = 404
    ) -> APIError {
        .invalid(
            "No such \(kind): '\(Excerpt.safe(id))'",
            parameter: parameter,
            code: "resource_missing",
            status: status
        )
    }

    /// A part of Stripe's API that is not served here.
    public static func unsupported(_ name: String, _ sentence: String) -> APIError {
        .invalid(sentence, parameter: name, code: "parameter_invalid")
    }
}

/// Errors of the way to an endpoint.
extension APIError {
    /// No such path, or no such method on it.
    public static func unknownURL(method: String, path: String) -> APIError {
        .invalid(
            "Unrecognized request URL (\(method): \(Excerpt.path(path))). "
                + "Please see the API description at /openapi.json.",
            status: 404
        )
    }

    /// No key was given.
    public static let missingKey = APIError.invalid(
        "You did not provide an API key. You need to provide your API key in the Authorization "
            + "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status: 401
    )

    /// The key is not known; only its kind and its last four characters are shown.
    public static func wrongKey(_ key: String) -> APIError {
        .invalid("Invalid API Key provided: \(Excerpt.key(key))", status: 401)
    }

    /// The key was valid until it was rolled or ran out.
    public static func expiredKey(_ key: String) -> APIError {
        .invalid(
            "Expired API Key provided: \(Excerpt.key(key))",
            code: "api_key_expired",
            status: 401
        )
    }

    /// A publishable key where a secret one is needed.
    public static let secretKeyRequired = APIError.invalid(
        "This API call cannot be made with a publishable API key. Please use a secret API key.",
        code: "secret_key_required",
        status: 403
    )

    /// A version that is not served.
    public static func unknownVersion(_ version: String) -> APIError {
        .invalid(
            "Invalid API version: \(Excerpt.safe(version)). The versions that are served are "
                + "listed at /v1/versions."
        )
    }

    /// Too many requests; the header `Retry-After` says when to come back.
    public static func rateLimited(_ reason: String) -> APIError {
        .invalid(reason, code: "rate_limit", status: 429)
    }

    /// The server cannot serve now; a later try may succeed.
    public static func unavailable(_ reason: String) -> APIError {
        APIError(status: 503, kind: .apiError, message: reason)
    }

    /// Something broke that the caller cannot mend.
    public static let unexpected = APIError(
        status: 500,
        kind: .apiError,
        message: "An unexpected error occurred on our side. Please try again."
    )
}

/// Errors of idempotency keys.
extension APIError {
    /// The key was used with other parameters.
    public static func otherParameters(key: String) -> APIError {
        APIError(
            status: 400,
            kind: .idempotencyError,
            message: "Keys for idempotent requests can only be used with the same parameters they "
                + "were first used with. Try using a key other than '\(Excerpt.safe(key))' if you "
                + "meant to execute a different request."
        )
    }

    /// The key was used for another endpoint.
    public static func otherEndpoint(key: String, first: String, now: String) -> APIError {
        APIError(
            status: 400,
            kind: .idempotencyError,
            message: "Keys for idempotent requests can only be used for the same endpoint they "
                + "were first used for ('\(Excerpt.path(now))' vs '\(first)'). Try using a key "
                + "other than '\(Excerpt.safe(key))' if you meant to execute a different request."
        )
    }

    /// The first request with the key is still under way.
    public static let keyInUse = APIError(
        status: 409,
        kind: .idempotencyError,
        code: "idempotency_key_in_use",
        message: "There is currently another in-progress request using this Stripe-Idempotency-Key."
            + " Please try again later."
    )
}
