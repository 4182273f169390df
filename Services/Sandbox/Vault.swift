import CardNetwork
import Foundation
import JSON
import Logging
import Money
import Payments
import Synchronization

/// The token vault: the only place that knows card numbers, in memory and encrypted on disk.
///
/// A card always gets the same token, so a card that is used again writes nothing.
final class Vault: Sendable {
    private struct StoredCard: Equatable {
        let number: String
        let year: Int
        let month: Int
    }

    private let cards: Mutex<[String: StoredCard]>
    private let keys: VaultKeys
    private let clock: @Sendable () -> Timestamp

    /// The file of sealed cards; a service that has to run.
    let log: AppendOnlyLog

    /// Opens the vault of this folder; makes its key at the first start.
    init(folder: URL, clock: @escaping @Sendable () -> Timestamp, logger: Logger) throws {
        let keys = try VaultKeys(file: folder.appendingPathComponent("vault.key"))
        var cards: [String: StoredCard] = [:]
        log = try AppendOnlyLog(
            path: folder.appendingPathComponent("vault.jsonl").path,
            logger: logger
        ) { line in
            let document = try JSON(parsing: line)
            let token = try document.string("token")
            guard let sealed = Data(base64Encoded: try document.string("sealed")) else {
                throw LogFailure("the vault has a line that cannot be read")
            }
            let opened = try JSON(parsing: keys.open(sealed, token: token))
            cards[token] = StoredCard(
                number: try opened.string("number"),
                year: Int(try opened.integer("exp_year")),
                month: Int(try opened.integer("exp_month"))
            )
        }
        self.keys = keys
        self.clock = clock
        self.cards = Mutex(cards)
    }

    /// What the network has to know of the card behind a token; nil when there is none.
    func issuedCard(behind token: String) -> IssuedCard? {
        guard let stored = cards.withLock({ $0[token] }),
            let card = MagicCard.byNumber[stored.number]
        else { return nil }
        return IssuedCard(
            behavior: card.behavior,
            lastMonthNumber: stored.year * 12 + stored.month - 1
        )
    }

    /// Stores a card, once it is found right, and gives what may be kept of it.
    func tokenize(_ data: CardData) async throws -> CardDetails {
        let (card, year, month) = try CardCheck(now: WireTime(clock())).check(data)
        return try await store(
            card,
            year: year,
            month: month,
            checks: card.checks(
                cvc: data.cvc != nil,
                addressLine1: data.hasAddressLine1,
                postalCode: data.hasPostalCode
            )
        )
    }

    /// The card behind a test identifier, as if it had been given with all that can be checked.
    func resolve(_ identifier: String) async throws -> CardDetails? {
        guard let card = MagicCard.byIdentifier[identifier] else { return nil }
        return try await store(
            card,
            year: WireTime(clock()).yearNumber + Self.testCardYears,
            month: 12,
            checks: card.checks(
                cvc: true,
                addressLine1: card.hasAddressInTests,
                postalCode: card.hasAddressInTests
            )
        )
    }

    /// Test identifiers stand for cards that expire so many years from now.
    private static let testCardYears = 8

    private func store(
        _ card: MagicCard,
        year: Int,
        month: Int,
        checks: CardChecks
    ) async throws -> CardDetails {
        let (token, line) = try token(
            for: StoredCard(number: card.number, year: year, month: month)
        )
        // Also without a line: the same card may have been stored a moment ago and not be durable.
        await withCheckedContinuation { continuation in
            log.append(line) { continuation.resume() }
        }
        return CardDetails(
            networkToken: token,
            brand: card.brand.rawValue,
            last4: String(card.number.suffix(4)),
            expirationMonth: Int32(month),
            expirationYear: Int32(year),
            funding: card.funding,
            country: card.country,
            fingerprint: keys.fingerprint(number: card.number),
            checks: checks,
            risk: card.risk
        )
    }

    /// The card's token, and the line to write if the card is new.
    private func token(for card: StoredCard) throws -> (token: String, line: [UInt8]?) {
        let expiry = "\(card.year)-\(card.month)"
        return try cards.withLock { cards in
            var attempt = 0
            var token = keys.token(number: card.number, expiry: expiry, attempt: attempt)
            while let other = cards[token], other != card {
                attempt += 1
                token = keys.token(number: card.number, expiry: expiry, attempt: attempt)
            }
            if cards[token] == card { return (token, nil) }
            let plain: JSON = [
                "number": .string(card.number),
                "exp_year": .integer(Int64(card.year)),
                "exp_month": .integer(Int64(card.month)),
            ]
            let sealed = try keys.seal(Data(plain.serialized()), token: token)
            let line: JSON = [
                "token": .string(token),
                "sealed": .string(sealed.base64EncodedString()),
            ]
            cards[token] = card
            return (token, line.serialized())
        }
    }
}
