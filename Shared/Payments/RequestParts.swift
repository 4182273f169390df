public import JSON

/// What a request says about one field.
public enum FieldChange: Sendable, Equatable {
    /// The request does not name the field.
    case keep
    /// The request unsets the field (an empty string on the wire).
    case clear
    /// The request sets the field.
    case set(JSON)

    /// Sets a text field.
    public static func set(_ text: String) -> FieldChange { .set(.string(text)) }

    /// The new value of a JSON field.
    func applied(to value: JSON?) -> JSON? {
        switch self {
        case .keep: value
        case .clear: nil
        case .set(let new): new
        }
    }

    /// The new value of a text field; a value that is no text clears it.
    func applied(to value: String?) -> String? {
        guard case .string(let text)? = applied(to: value.map { JSON.string($0) }) else {
            return nil
        }
        return text
    }
}

/// Where a new payment method's card comes from.
public enum CardSource: Sendable, Equatable {
    /// Card data that the vault has just taken.
    case card(CardDetails)
    /// A single-use token made before; it is spent.
    case token(CardTokenID)
    /// Card data that the vault refused; the command fails with this error and changes nothing, so
    /// that the answer is stored like any other.
    case refused(PaymentError)
}

/// What a payment is to charge.
public enum PaymentMethodSource: Sendable, Equatable {
    /// A stored payment method.
    case existing(PaymentMethodID)
    /// One that the request brings with it.
    case new(NewPaymentMethod)

    /// The payment method's identifier, stored or to be stored.
    public var id: PaymentMethodID {
        switch self {
        case .existing(let id): id
        case .new(let method): method.id
        }
    }
}

extension FieldChange: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        switch self {
        case .keep: .array([])
        case .clear: .array([.null])
        case .set(let value): .array([value])
        }
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .array(let items) = document, items.count <= 1 else {
            throw .invalidValue(type: "field change")
        }
        guard let value = items.first else {
            self = .keep
            return
        }
        self = value == .null ? .clear : .set(value)
    }
}

extension CardSource: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        switch self {
        case .card(let card): ["card": card.document]
        case .token(let id): ["token": id.document]
        case .refused(let error): ["refused": error.document]
        }
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        if let card: CardDetails = try fields.optional("card") {
            self = .card(card)
        } else if let error: PaymentError = try fields.optional("refused") {
            self = .refused(error)
        } else {
            self = .token(try fields.required("token"))
        }
    }
}

extension PaymentMethodSource: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        switch self {
        case .existing(let id): ["existing": id.document]
        case .new(let method): ["new": method.document]
        }
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        if let id: PaymentMethodID = try fields.optional("existing") {
            self = .existing(id)
        } else {
            self = .new(try fields.required("new"))
        }
    }
}
