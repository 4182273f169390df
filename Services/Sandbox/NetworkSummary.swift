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
        let sorted = rows.sorted {
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
        ]
    }
}
