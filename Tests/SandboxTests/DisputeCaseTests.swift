import CardNetwork
import JSON
import Money
import Payments
import Testing

@testable import Sandbox

@Suite("The network's cases")
struct DisputeCaseTests {
    private typealias Sample = RequestSamples

    /// A network with one captured charge of a card, and what its bank did about it.
    private func captured(_ behavior: CardBehavior) throws -> (BareNetwork, NetworkBooks) {
        var network = BareNetwork()
        network.card = IssuedCard(behavior: behavior, lastMonthNumber: 2_034 * 12)
        try network.send(Sample.message(.authorizationRequest, family: 1))
        try network.send(Sample.message(.advice, family: 1))
        var books = network.books
        let capture = try #require(network.facts.last)
        for fact in CaseRules(books: books).aftermath(of: capture, card: network.card) {
            books.apply(fact)
        }
        return (network, books)
    }

    private func answer(
        _ answer: DisputeAnswer,
        _ books: inout NetworkBooks,
        number: Int = 50,
        statement: String = "",
        ofInquiry: Bool = false
    ) throws -> [NetworkFact.Kind]? {
        let reference = try #require(books.notices.first?.family.reference)
        let facts = CaseRules(books: books).answered(
            answer,
            ofInquiry: ofInquiry,
            in: reference,
            as: FamilyKey(acquirer: "10000000001", reference: "00000000000\(number)"),
            statement: statement,
            transmissionTime: "0302120505"
        )
        for fact in facts ?? [] { books.apply(fact) }
        return facts?.map(\.kind)
    }

    @Test(
        "each test card opens what its name says",
        arguments: [
            (DisputeScript.fraudulent, [NetworkFact.Kind.chargedBack], Int64(10_000)),
            (.productNotReceived, [.chargedBack], 10_000), (.inquiry, [.inquired], 0),
            (.several, [.chargedBack, .chargedBack], 10_000), (.fraudReport, [.fraudReported], 0),
        ]
    )
    func scripts(script: DisputeScript, kinds: [NetworkFact.Kind], taken: Int64) throws {
        let (_, books) = try captured(.disputes(script))
        #expect(books.notices.map(\.kind) == kinds)
        #expect(books.authorizations.values.map(\.chargedBackMinorUnits) == [taken])
        #expect(Set(books.notices.map(\.family.reference)).count == kinds.count)
    }

    @Test(
        "a chargeback is decided by what is answered",
        arguments: [
            (
                DisputeAnswer.evidence, "winning_evidence",
                [NetworkFact.Kind.answered, .represented]
            ),
            (.evidence, "losing_evidence", [.answered, .upheld]),
            (.evidence, "a receipt", [.answered]), (.accepted, "", [.answered, .upheld]),
            (.lapsed, "", [.answered, .upheld]),
        ]
    )
    func decisions(given: DisputeAnswer, statement: String, kinds: [NetworkFact.Kind]) throws {
        var (_, books) = try captured(.disputes(.fraudulent))
        #expect(try answer(given, &books, statement: statement) == kinds)
        // The same answer again is taken again, without a second effect.
        #expect(try answer(given, &books, statement: statement) == [])
        // Another one is not, unless evidence is still being looked at and time is over.
        let isOpen = kinds.count == 1
        #expect(try answer(.evidence, &books, number: 51) == nil)
        #expect(try answer(.lapsed, &books, number: 52) == nil)
        #expect(
            try answer(.reviewOver, &books, number: 53) == (isOpen ? [.answered, .upheld] : nil)
        )
        let isWon = kinds.last == .represented
        #expect(
            books.authorizations.values.map(\.chargedBackMinorUnits) == [isWon ? 0 : 10_000]
        )
    }

    @Test("an inquiry is escalated once, and the chargeback can be answered again")
    func escalation() throws {
        var (_, books) = try captured(.disputes(.inquiry))
        let statement = CaseRules.escalatingStatement
        #expect(
            try answer(.evidence, &books, statement: statement, ofInquiry: true)
                == [.answered, .chargedBack]
        )
        #expect(books.authorizations.values.map(\.chargedBackMinorUnits) == [10_000])
        // What is still said of the inquiry decides nothing about the chargeback.
        #expect(
            try answer(.evidence, &books, number: 52, statement: "losing_evidence", ofInquiry: true)
                == nil
        )
        #expect(
            try answer(.evidence, &books, number: 51, statement: "winning_evidence")
                == [.answered, .represented]
        )
    }

    @Test("an inquiry about money that went back meanwhile takes none")
    func escalationWithoutMoney() throws {
        var (network, books) = try captured(.disputes(.inquiry))
        network.card = IssuedCard(behavior: .approves, lastMonthNumber: 2_034 * 12)
        try network.send(
            Sample.message(.advice, family: 2, amount: 1, original: 1, processing: .refund)
        )
        books.apply(try #require(network.facts.last))
        #expect(
            try answer(
                .evidence,
                &books,
                statement: CaseRules.escalatingStatement,
                ofInquiry: true
            )
                == [.answered, .inquiryClosed]
        )
    }

    @Test("a refund of a charge that was taken back is refused, and so is its reversal")
    func refundAfterChargeback() throws {
        let (_, books) = try captured(.disputes(.fraudulent))
        let rules = NetworkRules(monthNumber: 2_026 * 12)
        for (message, code) in [
            (
                Sample.message(.advice, family: 2, amount: 1, original: 1, processing: .refund),
                ResponseCode.invalidAmount
            ),
            (Sample.message(.reversalAdvice, family: 1), ResponseCode.cannotReverse),
        ] {
            let request = try #require(NetworkRequest(message))
            let verdict = rules.decide(request, card: nil, books: books)
            #expect(verdict.responseCode == code)
        }
    }

    @Test("a notice is read from the log as it was written, and told as it was meant")
    func lines() throws {
        let (_, books) = try captured(.disputes(.several))
        for (index, fact) in books.notices.enumerated() {
            let line = fact.line(sequence: 7, recordedAtMicroseconds: 8)
            #expect(try NetworkFact(line: line) == fact)
            let notice = try #require(NoticeDesk.notice(fact, sequence: Int64(index) + 1))
            let read = try NetworkNotice(document: JSON(parsing: notice.document.serialized()))
            #expect(read == notice)
            #expect(notice.amount.minorUnits == 5_000)
            #expect(notice.networkCase == notice.reference)
        }
    }
}
