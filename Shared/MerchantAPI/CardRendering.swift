import JSON
import Payments

/// Renders what is kept of a card, in the three shapes that the API has for it.
enum CardRendering {
    /// `payment_method.card`.
    static func paymentMethodCard(_ card: CardDetails) -> JSON {
        [
            "brand": .string(card.brand),
            "checks": checks(card.checks),
            "country": .text(card.country),
            "display_brand": .string(card.brand),
            "exp_month": .integer(Int64(card.expirationMonth)),
            "exp_year": .integer(Int64(card.expirationYear)),
            "fingerprint": .string(card.fingerprint),
            "funding": .string(card.funding.rawValue),
            "generated_from": .null,
            "last4": .string(card.last4),
            "networks": ["available": [.string(card.brand)], "preferred": .null],
            "regulated_status": .null,
            "three_d_secure_usage": ["supported": true],
            "wallet": .null,
        ]
    }

    /// `charge.payment_method_details.card`.
    static func chargeCard(_ attempt: Attempt) -> JSON {
        let card = attempt.start.paymentMethod.card
        let authorization = attempt.authorization
        return [
            "amount_authorized": authorization == nil
                ? .null : .integer(attempt.authorizedMinorUnits),
            "authorization_code": .text(authorization?.code),
            "brand": .string(card.brand),
            "capture_before": .moment(authorization?.captureBefore),
            "checks": checks(card.checks),
            "country": .text(card.country),
            "exp_month": .integer(Int64(card.expirationMonth)),
            "exp_year": .integer(Int64(card.expirationYear)),
            "extended_authorization": ["status": "disabled"],
            "fingerprint": .string(card.fingerprint),
            "funding": .string(card.funding.rawValue),
            "incremental_authorization": ["status": "unavailable"],
            "installments": .null,
            "last4": .string(card.last4),
            "mandate": .null,
            "multicapture": ["status": "unavailable"],
            "network": .string(card.brand),
            "network_token": ["used": false],
            "network_transaction_id": .text(authorization?.networkTransactionID),
            "overcapture": [
                "maximum_amount_capturable": .integer(attempt.authorizedMinorUnits),
                "status": "unavailable",
            ],
            "regulated_status": .null,
            "three_d_secure": .null,
            "transaction_link_id": .null,
            "wallet": .null,
        ]
    }

    /// `token.card`, whose brand is written out in capitals.
    static func tokenCard(_ card: CardDetails, id: String, billing: JSON) -> JSON {
        let address = billing.member("address")
        return [
            "id": .string(id),
            "object": "card",
            "address_city": address.member("city"),
            "address_country": address.member("country"),
            "address_line1": address.member("line1"),
            "address_line1_check": check(card.checks.addressLine1),
            "address_line2": address.member("line2"),
            "address_state": address.member("state"),
            "address_zip": address.member("postal_code"),
            "address_zip_check": check(card.checks.addressPostalCode),
            "brand": .string(brandNames[card.brand] ?? "Unknown"),
            "country": .text(card.country),
            "cvc_check": check(card.checks.cvc),
            "dynamic_last4": .null,
            "exp_month": .integer(Int64(card.expirationMonth)),
            "exp_year": .integer(Int64(card.expirationYear)),
            "fingerprint": .string(card.fingerprint),
            "funding": .string(card.funding.rawValue),
            "last4": .string(card.last4),
            "metadata": [:],
            "name": billing.member("name"),
            "networks": ["preferred": .null],
            "regulated_status": .null,
            "tokenization_method": .null,
        ]
    }

    private static let brandNames = [
        "amex": "American Express", "diners": "Diners Club", "discover": "Discover",
        "jcb": "JCB", "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
    ]

    private static func checks(_ checks: CardChecks) -> JSON {
        [
            "address_line1_check": check(checks.addressLine1),
            "address_postal_code_check": check(checks.addressPostalCode),
            "cvc_check": check(checks.cvc),
        ]
    }

    private static func check(_ result: CheckResult?) -> JSON { .text(result?.rawValue) }
}

/// The customer's name and address, with every field of the API's shape.
enum BillingDetails {
    static let addressKeys = ["city", "country", "line1", "line2", "postal_code", "state"]

    static func rendered(_ given: JSON) -> JSON {
        [
            "address": given.member("address").shaped(addressKeys),
            "email": given.member("email"),
            "name": given.member("name"),
            "phone": given.member("phone"),
            "tax_id": given.member("tax_id"),
        ]
    }
}
