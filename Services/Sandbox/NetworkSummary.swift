import JSON
import Payments

/// What the network itself says each reference moved, for those who compare books with it.
///
/// Amounts are in minor units. `captured` is what was taken and not undone; a refund is counted
/// under its own reference, and its row names the authorization whose money went back.
struct NetworkSummary {
    let books: NetworkBooks

    /// All references, or one, in the order of the references.
    func document(reference: String? = nil) -> JSON {
        let authorizations = books.authorizations.filter {
            reference ?? $0.key.reference == $0.key.reference
        }
        let refunds = books.refunds.filter { reference ?? $0.key.reference == $0.key.reference }
        let rows =
            authorizations.map { (key: $0.key, row: Self.row($0.key, $0.value)) }
            + refunds.map { (key: $0.key, row: Self.row($0.key, $0.value)) }
        let notices = books.notices.filter {
            reference ?? $0.family.reference == $0.family.reference
        }
        let told = notices.compactMap { fact in
            Self.row(fact).map { (key: fact.family, row: $0) }
        }
        let sorted = (rows + told).sorted {
            ($0.key.reference, $0.key.acquirer) < ($1.key.reference, $1.key.acquirer)
        }
        return [
            "facts": .integer(books.factCount),
            "references": .array(sorted.map(\.row)),
        ]
    }

    private static func row(_ key: FamilyKey, _ record: AuthorizationRecord) -> JSON {
        let isAuthorized = record.answer?.kind == .authorized
        return [
            "reference": .string(key.reference),
            "acquirer": .string(key.acquirer),
            "kind": "payment",
            "original": .null,
            "currency": record.answer.map { .string($0.currency) } ?? .null,
            "response_code": record.answer.map { .string($0.responseCode) } ?? .null,
            "authorized": .integer(isAuthorized ? record.answer?.amountMinorUnits ?? 0 : 0),
            "held": .integer(record.heldMinorUnits),
            "captured": .integer(record.capturedMinorUnits),
            "is_reversed": .bool(record.isReversed),
            "reversed": .integer(record.reversedMinorUnits),
            "refunded": 0,
            "refund_pending": 0,
            "refunded_by_others": .integer(record.refundedMinorUnits),
            "charged_back": .integer(record.chargedBackMinorUnits),
        ]
    }

    /// What the network moved of its own accord: `captured` is what it gives us, `refunded` what it
    /// takes; nil where it moved nothing.
    private static func row(_ fact: NetworkFact) -> JSON? {
        let (kind, given, taken): (String, Int64, Int64)
        switch fact.kind {
        case .chargedBack: (kind, given, taken) = ("chargeback", 0, fact.amountMinorUnits)
        case .represented: (kind, given, taken) = ("representment", fact.amountMinorUnits, 0)
        case .refundReturned: (kind, given, taken) = ("refund_return", fact.amountMinorUnits, 0)
        case .inquired, .upheld, .inquiryClosed, .fraudReported, .answered, .authorized,
            .declined, .captured, .captureRefused, .reversed, .reversalRemembered,
            .reversalRefused, .refundPending, .refunded, .refundRefused:
            return nil
        }
        return [
            "reference": .string(fact.family.reference),
            "acquirer": .string(fact.family.acquirer),
            "kind": .string(kind),
            "original": fact.original.map { .string($0) } ?? .null,
            "currency": .string(fact.currency),
            "response_code": .string(fact.responseCode),
            "authorized": 0,
            "held": 0,
            "captured": .integer(given),
            "is_reversed": false,
            "reversed": 0,
            "refunded": .integer(taken),
            "refund_pending": 0,
            "refunded_by_others": 0,
            "charged_back": 0,
        ]
    }

    private static func row(_ key: FamilyKey, _ record: RefundRecord) -> JSON {
        let answer = record.answer
        return [
            "reference": .string(key.reference),
            "acquirer": .string(key.acquirer),
            "kind": "refund",
            "original": answer.original.map { .string($0) } ?? .null,
            "currency": .string(answer.currency),
            "response_code": .string(answer.responseCode),
            "authorized": 0,
            "held": 0,
            "captured": 0,
            "is_reversed": false,
            "reversed": 0,
            "refunded": .integer(answer.kind == .refunded ? answer.amountMinorUnits : 0),
            "refund_pending": .integer(
                answer.kind == .refundPending ? answer.amountMinorUnits : 0
            ),
            "refunded_by_others": 0,
            "charged_back": 0,
        ]
    }
}
