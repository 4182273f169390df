public import JSON

/// The vault's wire: JSON over HTTPS.
///
/// | request | answers |
/// |---|---|
/// | `POST /v1/cards` with ``CardData/document`` | 200 with `CardDetails`; 402 `{"refusal": …}` |
/// | `GET /v1/identifiers/{identifier}` | 200 with `CardDetails`; 404 |
public enum VaultPath {
    /// Where cards are stored.
    public static let cards = "/v1/cards"
    /// Where test identifiers are looked up.
    public static let identifiers = "/v1/identifiers"
}

extension CardData {
    /// The form in which the vault takes it.
    public var document: JSON {
        [
            "number": .string(number),
            "exp_month": .integer(Int64(expirationMonth)),
            "exp_year": .integer(Int64(expirationYear)),
            "cvc": cvc.map { .string($0) } ?? .null,
            "has_address_line1": .bool(hasAddressLine1),
            "has_postal_code": .bool(hasPostalCode),
        ]
    }

    /// Reads the form in which the vault takes it.
    public init(document: JSON) throws(JSONError) {
        self.init(
            number: try document.string("number"),
            expirationMonth: Int(try document.integer("exp_month")),
            expirationYear: Int(try document.integer("exp_year")),
            cvc: try document.optionalString("cvc"),
            hasAddressLine1: try document.optionalBool("has_address_line1") ?? false,
            hasPostalCode: try document.optionalBool("has_postal_code") ?? false
        )
    }
}

extension CardRefusal {
    /// The form in which the vault gives it.
    public var document: JSON { ["refusal": .string(rawValue)] }

    /// Reads the form in which the vault gives it.
    public init?(document: JSON) {
        guard let text = document["refusal"]?.asString else { return nil }
        self.init(rawValue: text)
    }
}
