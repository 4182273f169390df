import JSON
import Ledger
import LedgerStore
import MerchantAPI
import Money
import Payments
import Projections

/// Balances and the books.
extension MerchantAPIHandlers {
    func retrieveBalance(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let merchant = try call.merchant()
        let balances = try await reader(for: call).balances()
        let currency = merchant.defaultCurrency
        func amounts(_ minorUnits: (MerchantBalance) -> Int64) -> [Money] {
            guard !balances.isEmpty else { return [.zero(currency)] }
            return balances.map { Money(minorUnits: minorUnits($0), currency: $0.currency) }
        }
        let body = call.renderer.balance(
            available: amounts(\.availableMinorUnits),
            pending: amounts(\.pendingMinorUnits),
            livemode: merchant.livemode
        )
        return APIAnswer(JSONBody(body))
    }

    func listBalanceTransactions(_ call: APICall) async throws -> APIAnswer {
        if let payout = call.parameters.text("payout") {
            return try await listBalanceTransactions(inside: payout, call)
        }
        let expand = try call.expansion()["data"] ?? .none
        var filter = JournalFilter()
        filter.kinds = try kinds(call)
        filter.sourceID = call.parameters.text("source")
        filter.currencyCode = call.parameters.text("currency")
        let reader = try reader(for: call)
        let request = try transactionPage(call)
        let page = try await call.naming { try await reader.journals(request, filter) }
        let payments = try await reader.payments(page.items.map(\.id.paymentID))
        var payouts: [PayoutID: Payout] = [:]
        for id in Set(page.items.compactMap { PayoutID(rawValue: $0.sourceID) }) {
            payouts[id] = try await reader.payout(id)
        }
        let renderer = call.renderer
        return call.list(
            page.items.compactMap { journal in
                if let adjustment = renderer.adjustment(journal) { return adjustment }
                if let payout = PayoutID(rawValue: journal.sourceID).flatMap({ payouts[$0] }) {
                    return renderer.balanceTransaction(journal.id.version, of: payout)
                }
                return payments[journal.id.paymentID].flatMap { payment in
                    BalanceTransaction(version: journal.id.version, of: payment)
                        .map { renderer.balanceTransaction($0, of: payment, expand: expand) }
                }
            },
            hasMore: page.hasMore
        )
    }

    /// The journals that change a merchant's balance, by the API's word for the change.
    private static let kindsByType: [String: [JournalKind]] = [
        "charge": [.captured], "refund": [.refundRequested], "refund_failure": [.refundFailed],
        "adjustment": [.disputeFundsWithdrawn, .disputeFundsReinstated, .adjusted],
        "payout": [.payoutCreated], "payout_failure": [.payoutReversed],
    ]

    private func kinds(_ call: APICall) throws(APIError) -> [String] {
        guard let type = call.parameters.text("type") else {
            return Self.kindsByType.values.flatMap(\.self).map(\.rawValue).sorted()
        }
        return Self.kindsByType[type].map { $0.map(\.rawValue) } ?? []
    }

    /// A transaction and its journal share all but the prefix of their identifiers.
    private func transactionPage(_ call: APICall) throws -> PageRequest {
        let page = try call.page()
        func journal(_ text: String) throws(APIError) -> String {
            guard let id = BalanceTransactionID(rawValue: text) else {
                throw .noSuch(
                    "balance_transaction",
                    text,
                    parameter: call.cursorParameter,
                    status: 400
                )
            }
            return JournalID(paymentID: id.paymentID, version: id.version).rawValue
        }
        let start: PageRequest.Start =
            switch page.start {
            case .newest: .newest
            case .after(let text): .after(try journal(text))
            case .before(let text): .before(try journal(text))
            }
        return PageRequest(
            start: start,
            limit: page.limit,
            createdFrom: page.createdFrom,
            createdBefore: page.createdBefore
        )
    }

    func retrieveBalanceTransaction(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let text = call.variable("id")
        let reader = try reader(for: call)
        if let id = BalanceTransactionID(rawValue: text),
            let payout = try await reader.payout(PayoutID(checked: "po_" + id.paymentID.suffix)),
            let body = call.renderer.balanceTransaction(id.version, of: payout)
        {
            return APIAnswer(JSONBody(body))
        }
        if let body = try await adjustment(text, call) { return APIAnswer(JSONBody(body)) }
        guard let id = BalanceTransactionID(rawValue: text),
            let payment = try await reader.payment(id.paymentID),
            let transaction = BalanceTransaction(version: id.version, of: payment)
        else { throw APIError.noSuch("balance_transaction", text, parameter: "id") }
        let body = call.renderer.balanceTransaction(transaction, of: payment, expand: expand)
        return APIAnswer(JSONBody(body))
    }

    /// The balance transaction of an adjusting journal, if it is one.
    func adjustment(_ text: String, _ call: APICall) async throws -> JSON? {
        guard let id = BalanceTransactionID(rawValue: text) else { return nil }
        return try await reader(for: call)
            .journal(JournalID(paymentID: id.paymentID, version: id.version))
            .flatMap { call.renderer.adjustment($0) }
    }

    func listJournals(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let reader = try reader(for: call)
        guard let filter = try journalFilter(call) else { return call.list([], hasMore: false) }
        let request = try call.page()
        let page = try await call.naming { try await reader.journals(request, filter) }
        let renderer = call.renderer
        return call.list(
            page.items.map { renderer.journal(JournalView($0)) },
            hasMore: page.hasMore
        )
    }

    /// What journals are wanted; nil when a filter names what cannot exist.
    private func journalFilter(_ call: APICall) throws -> JournalFilter? {
        var filter = JournalFilter()
        if let text = call.parameters.text("payment_intent") {
            guard let id = PaymentID(rawValue: text) else { return nil }
            filter.paymentID = id
        }
        let named = ["charge", "refund", "dispute", "payout"].filter { call.parameters.has($0) }
        if named.count > 1 { throw APIError.exclusive(named[0], named[1]) }
        filter.sourceID = named.first.flatMap { call.parameters.text($0) }
        if let name = call.parameters.text("account") {
            guard let account = AccountRecord(name: name) else { return nil }
            let own = try call.merchant().id
            guard account.merchantID == nil || account.merchantID == own else { return nil }
            filter.account = account
        }
        return filter
    }

    func retrieveJournal(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        guard let id = JournalID(rawValue: text),
            let journal = try await reader(for: call).journal(id)
        else { throw APIError.noSuch("ledger.journal", text, parameter: "id") }
        return APIAnswer(JSONBody(call.renderer.journal(JournalView(journal))))
    }

    func listAccounts(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let accounts = try await reader(for: call).accounts()
        // A merchant has two accounts for each currency: one page holds them all.
        let views = accounts.map { call.renderer.account(AccountView($0)) }
        return call.list(views, hasMore: false)
    }

    func retrieveAccountBalance(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        let own = try call.merchant().id
        let now = clock()
        let second = call.parameters.integer("at") ?? now.secondsSinceEpoch
        guard let account = AccountRecord(name: text), account.merchantID == own,
            let balance = try await reader(for: call).balance(
                of: account,
                before: Timestamp(secondsSinceEpoch: second + 1)
            )
        else { throw APIError.noSuch("ledger.account", text, parameter: "id") }
        let body = call.renderer.accountBalance(AccountView(account), balance, at: second)
        return APIAnswer(JSONBody(body))
    }
}

extension ResourceRenderer {
    /// The balance transaction of an adjusting journal; nil where the journal is another one, or did
    /// not touch what is available to the merchant.
    fileprivate func adjustment(_ journal: JournalRecord) -> JSON? {
        guard journal.kind == JournalKind.adjusted.rawValue,
            let leg = journal.legs.first(where: { $0.account.code == .merchantEscrowAvailable })
        else { return nil }
        return balanceTransaction(
            adjusting: Money(minorUnits: -leg.amountMinorUnits, currency: journal.currency),
            id: BalanceTransactionID(paymentID: journal.id.paymentID, version: journal.id.version),
            at: journal.effectiveAt
        )
    }
}

extension JournalView {
    fileprivate init(_ record: JournalRecord) {
        self.init(
            id: record.id,
            kind: record.kind,
            currency: record.currency,
            sourceID: record.sourceID,
            occurredAt: record.effectiveAt,
            legs: record.legs.map { leg in
                Leg(
                    account: leg.account.name,
                    debitMinorUnits: leg.debitMinorUnits,
                    creditMinorUnits: leg.creditMinorUnits
                )
            }
        )
    }
}

extension AccountView {
    fileprivate init(_ record: AccountRecord) {
        let definition = record.code.definition
        self.init(
            id: record.name,
            code: Int64(record.code.rawValue),
            name: definition.name,
            title: definition.title,
            type: definition.type.rawValue,
            normalSide: definition.normalSide.rawValue,
            currency: record.currency
        )
    }
}
