import JSON
import Money
import Payments
import Postgres

/// Rows of payments, and the indexes from charges and refunds to their payment.
///
/// Rows that are new are inserted without asking whether they are there: the question takes a
/// look-up in the index, and a second record in the write-ahead log, for each.
enum PaymentRows {
    static func write(
        _ payments: [Payment],
        into place: ProjectionPlace,
        areNew: Bool
    ) -> Query {
        """
        INSERT INTO \(raw: place.schema).payment AS known (
            merchant_id, id, created_at, version, state, lifecycle, currency, amount_minor,
            authorized_minor, captured_minor, refunded_minor, disputed_minor, unresolved_since,
            document
        )
        SELECT merchant_id, id, created_at, version, state, string_to_array(lifecycle, ','),
            currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
            disputed_minor, unresolved_since, document
        FROM unnest(
            \(payments.map(\.merchantID.rawValue))::text[],
            \(payments.map(\.id.rawValue))::text[],
            \(payments.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(payments.map(\.version))::integer[],
            \(payments.map(\.state.rawValue))::text[],
            \(payments.map { $0.lifecycle.map(\.state.rawValue).joined(separator: ",") })::text[],
            \(payments.map(\.amount.currency.code))::text[],
            \(payments.map(\.amount.minorUnits))::bigint[],
            \(payments.map(\.authorizedMinorUnits))::bigint[],
            \(payments.map(\.capturedMinorUnits))::bigint[],
            \(payments.map(\.refundedMinorUnits))::bigint[],
            \(payments.map(\.disputedMinorUnits))::bigint[],
            \(payments.map { $0.unresolvedSince.map { PostgresTimestamp($0) } })::timestamptz[],
            \(payments.map { $0.document.text })::text[]
        ) AS folded (
            merchant_id, id, created_at, version, state, lifecycle, currency, amount_minor,
            authorized_minor, captured_minor, refunded_minor, disputed_minor, unresolved_since,
            document
        )
        \(raw: areNew ? "" : replacing)
        """
    }

    private static let replacing: StaticString = """
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, state = EXCLUDED.state, lifecycle = EXCLUDED.lifecycle,
            currency = EXCLUDED.currency, amount_minor = EXCLUDED.amount_minor,
            authorized_minor = EXCLUDED.authorized_minor,
            captured_minor = EXCLUDED.captured_minor, refunded_minor = EXCLUDED.refunded_minor,
            disputed_minor = EXCLUDED.disputed_minor,
            unresolved_since = EXCLUDED.unresolved_since, document = EXCLUDED.document
        """

    static func charges(
        _ charges: [(Payment, Attempt)],
        into place: ProjectionPlace,
        areNew: Bool
    ) -> Query {
        """
        INSERT INTO \(raw: place.schema).charge (merchant_id, id, payment_id, created_at)
        SELECT merchant_id, id, payment_id, created_at
        FROM unnest(
            \(charges.map(\.0.merchantID.rawValue))::text[],
            \(charges.map(\.1.id.rawValue))::text[],
            \(charges.map(\.0.id.rawValue))::text[],
            \(charges.map { PostgresTimestamp($0.1.createdAt) })::timestamptz[]
        ) AS folded (merchant_id, id, payment_id, created_at)
        \(raw: areNew ? "" : "ON CONFLICT (merchant_id, id) DO NOTHING")
        """
    }

    static func refunds(_ refunds: [(Payment, Refund)], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).refund AS known (
            merchant_id, id, payment_id, charge_id, created_at, waits_until
        )
        SELECT merchant_id, id, payment_id, charge_id, created_at, waits_until
        FROM unnest(
            \(refunds.map(\.0.merchantID.rawValue))::text[],
            \(refunds.map(\.1.id.rawValue))::text[],
            \(refunds.map(\.0.id.rawValue))::text[],
            \(refunds.map(\.1.chargeID.rawValue))::text[],
            \(refunds.map { PostgresTimestamp($0.1.createdAt) })::timestamptz[],
            \(refunds.map { $0.1.isWaiting ? $0.1.waitsUntil.map { PostgresTimestamp($0) } : nil })::timestamptz[]
        ) AS folded (merchant_id, id, payment_id, charge_id, created_at, waits_until)
        ON CONFLICT (merchant_id, id) DO UPDATE SET waits_until = EXCLUDED.waits_until
        WHERE known.waits_until IS DISTINCT FROM EXCLUDED.waits_until
        """
    }
}

extension PostgresTimestamp {
    /// A moment of the rules as the database's.
    init(_ time: Timestamp) {
        self.init(microsecondsSinceEpoch: time.microsecondsSinceEpoch)
    }
}

extension JSON {
    /// The compact form as text.
    var text: String { String(decoding: serialized(), as: UTF8.self) }
}
