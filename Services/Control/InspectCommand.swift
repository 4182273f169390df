import ArgumentParser
import EventStore
import Foundation
import JSON
import LedgerStore
import Money
import Payments
import Postgres
import Projections
import ServiceKit

/// `control inspect`: everything that happened to one payment, method, token or merchant.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract:
            "Show the events and journals of a payment, charge, refund, payment method, token or merchant."
    )

    @OptionGroup var place: StateOption

    @Argument(help: "What to show: pi_…, ch_…, re_…, pm_…, tok_… or acct_….")
    var identifier: String

    @Option(help: "Whose it is; the stack's demo merchant by default.")
    var merchant: String?

    func run() async throws {
        let console = Console()
        let (events, journals) = try await DatabaseAccess(place.layout).withPool(role: "control") {
            pool in
            let key = try await streamKey(pool)
            return (try await EventReader(pool).stream(key), try await Self.journals(key, pool))
        }
        guard !events.isEmpty else { throw ControlError("there is no \(identifier)") }
        for event in events { console.say(Self.text(event)) }
        for journal in journals { console.say(Self.text(journal)) }
    }

    /// What a payment moved, oldest first; nothing else moves money.
    private static func journals(
        _ key: StreamKey,
        _ pool: PostgresPool
    ) async throws -> [JournalRecord] {
        guard case .payment(let id) = key.stream else { return [] }
        var filter = JournalFilter()
        filter.paymentID = id
        let page = PageRequest(limit: PageRequest.maximumLimit)
        let reader = MerchantReader(pool, merchantID: key.merchantID)
        return try await reader.journals(page, filter).items.reversed()
    }

    private static func text(_ journal: JournalRecord) -> String {
        let legs = journal.legs.map { leg in
            "    \(leg.account.name)  debit \(leg.debitMinorUnits)  credit \(leg.creditMinorUnits)"
        }
        return (["\(journal.id)  \(journal.kind)  \(journal.sourceID)"] + legs)
            .joined(separator: "\n")
    }

    /// Charges and refunds live in their payment's stream.
    private func streamKey(_ pool: PostgresPool) async throws -> StreamKey {
        if let id = MerchantID(rawValue: identifier) {
            return StreamKey(merchantID: id, stream: .merchant(id))
        }
        let owner = try merchantID()
        if let stream = StreamID(rawValue: identifier) {
            return StreamKey(merchantID: owner, stream: stream)
        }
        let reader = MerchantReader(pool, merchantID: owner)
        var payment: Payment?
        if let id = ChargeID(rawValue: identifier) { payment = try await reader.payment(of: id) }
        if let id = RefundID(rawValue: identifier) { payment = try await reader.payment(of: id) }
        guard let payment else { throw ControlError("\(owner) has no \(identifier)") }
        return StreamKey(merchantID: owner, stream: .payment(payment.id))
    }

    private func merchantID() throws -> MerchantID {
        let known = merchant ?? DemoMerchant.load(place.layout)?.id
        guard let known else { throw ControlError("whose? Give --merchant acct_…") }
        guard let id = MerchantID(rawValue: known) else {
            throw ControlError("\(known) is not the identifier of a merchant")
        }
        return id
    }

    /// One event, without the secrets that it may hold.
    static func text(_ row: EventRow) -> String {
        let event = row.recorded
        let document = Redaction.redact(
            String(
                decoding: EventCatalog.current.store(event.event).data.prettyPrinted(),
                as: UTF8.self
            )
        )
        let time = Date(
            timeIntervalSince1970: Double(event.recordedAt.microsecondsSinceEpoch) / 1_000_000
        )
        return """
            \(event.version)  \(event.event.type)  \(time.ISO8601Format())  \
            command \(row.cause.commandID)  \(row.cause.requestID)
            \(document)
            """
    }
}
