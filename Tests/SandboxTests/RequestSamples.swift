import CardNetwork
import Testing

@testable import Sandbox

/// Requests as the gateway's own client writes them.
enum RequestSamples {
    static let token = "990012345678901234"

    /// A request of one acquirer; `family` and `trace` are numbers, `original` an earlier trace.
    static func message(
        _ type: WireMessageType,
        family: Int,
        trace: Int? = nil,
        amount: Int64 = 10_000,
        part: Int64? = nil,
        original: Int? = nil,
        processing: ProcessingCode = .purchase,
        token: String = token,
        acquirer: String = "10000000001"
    ) -> WireMessage {
        let traceNumber = trace ?? family
        var fields: [WireField: String] = [
            .cardToken: token,
            .processingCode: processing.rawValue,
            .amount: padded(amount, 12),
            .transmissionTime: "0301120505",
            .traceNumber: padded(Int64(traceNumber), 6),
            .localTime: "120505",
            .localDate: "0301",
            .conditionCode: "59",
            .acquirer: acquirer,
            .reference: padded(Int64(family), 12),
            .terminal: "ECOMMERC",
            .acceptor: "JkLmNoPqRsTuVwX",
            .currency: "356",
        ]
        if type == .authorizationRequest {
            fields[.expirationDate] = "3403"
            fields[.merchantCategory] = "5999"
            fields[.entryMode] = "812"
            fields[.acceptorName] = "ROCKET RIDES             ONLINE       IN"
        } else {
            fields[.originalElements] =
                OriginalElements(
                    traceNumber: Int32(original ?? family),
                    transmissionTime: "0301120505",
                    acquirer: acquirer
                ).text
        }
        if let part { fields[.replacementAmounts] = padded(part, 12) + padded(0, 30) }
        return WireMessage(type, fields)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

/// A network without sockets, log and vault: its books and its rules.
struct BareNetwork {
    private(set) var books = NetworkBooks()
    private(set) var facts: [NetworkFact] = []
    var card: IssuedCard? = IssuedCard(behavior: .approves, lastMonthNumber: 2_034 * 12)
    var monthNumber = 2_026 * 12
    var forcedDecline: String?

    /// Sends a message and gives the response code.
    @discardableResult
    mutating func send(_ message: WireMessage) throws -> String {
        let request = try #require(NetworkRequest(message))
        let rules = NetworkRules(monthNumber: monthNumber, forcedDecline: forcedDecline)
        let verdict = rules.decide(request, card: card, books: books)
        if let fact = verdict.fact {
            books.apply(fact)
            facts.append(fact)
        }
        let answer = try #require(request.answer(verdict))
        // Whatever the rules say can be written, and is read as what it was.
        #expect(try WireMessage(decoding: try answer.encoded()) == answer)
        return verdict.responseCode
    }

    func authorization(_ family: Int) -> AuthorizationRecord? {
        let reference = RequestSamples.message(.advice, family: family)[.reference] ?? ""
        return books.authorizations[FamilyKey(acquirer: "10000000001", reference: reference)]
    }
}
