import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// Payouts, what is inside of them, and the settings that make them.
extension MerchantAPIHandlers {
    func listPayouts(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let reader = try reader(for: call)
        let request = try call.page()
        let status = call.parameters.text("status")
        let page = try await call.naming { try await reader.payouts(request, status: status) }
        let renderer = call.renderer
        return call.list(
            page.items.map { renderer.payout($0, expand: expand) },
            hasMore: page.hasMore
        )
    }

    func retrievePayout(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        return APIAnswer(JSONBody(call.renderer.payout(try await payout(call), expand: expand)))
    }

    /// Refuses, whatever the payout's status, and changes nothing.
    ///
    /// To reverse a payout is to debit the account that it went to. Credit transfers, all that our
    /// bank is asked for, cannot do that, and a payout that only says so would be money that nobody
    /// has.
    func reversePayout(_ call: APICall) async throws -> APIAnswer {
        let payout = try await payout(call)
        throw APIError.payoutNotReversible(payout)
    }

    func retrieveBalanceSettings(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let merchant = try call.merchant()
        let settings =
            try await reader(for: call).balanceSettings() ?? BalanceSettings(of: merchant)
        return APIAnswer(
            JSONBody(
                call.renderer.balanceSettings(settings, currency: merchant.defaultCurrency.code)
            )
        )
    }

    /// What is inside a payout; a settlement is shown as the charges and refunds that it is made of.
    func listPayoutTransactions(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let payout = try await payout(call)
        let cut = try call.cut(
            try await parts(of: payout, by: reader(for: call)),
            id: { $0.transactionID },
            createdAt: { _ in payout.createdAt }
        )
        let renderer = call.renderer
        return call.list(cut.items.map { renderer.payoutPart($0) }, hasMore: cut.hasMore)
    }

    /// The balance transactions inside a payout, whole, also those that it has only a part of.
    func listBalanceTransactions(
        inside text: String,
        _ call: APICall
    ) async throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let reader = try reader(for: call)
        guard let id = PayoutID(rawValue: text), let payout = try await reader.payout(id) else {
            throw APIError.noSuch("payout", text, parameter: "payout", status: 400)
        }
        let cut = try call.cut(
            try await parts(of: payout, by: reader),
            id: { $0.transactionID },
            createdAt: { _ in payout.createdAt }
        )
        let ids = cut.items.compactMap { BalanceTransactionID(rawValue: $0.transactionID) }
        let payments = try await reader.payments(ids.map(\.paymentID))
        var shown: [JSON] = []
        for id in ids {
            if let payment = payments[id.paymentID],
                let transaction = BalanceTransaction(version: id.version, of: payment)
            {
                shown.append(
                    call.renderer.balanceTransaction(transaction, of: payment, expand: expand)
                )
            } else if let failed = try await reader.payout(
                PayoutID(checked: PayoutID.prefix + id.paymentID.suffix)
            ), let body = call.renderer.balanceTransaction(id.version, of: failed) {
                shown.append(body)
            } else if let body = try await adjustment(id.rawValue, call) {
                shown.append(body)
            }
        }
        return call.list(shown, hasMore: cut.hasMore)
    }

    private func parts(
        of payout: Payout,
        by reader: MerchantReader
    ) async throws -> [PayoutPart] {
        var parts: [PayoutPart] = []
        for item in try await reader.items(of: payout.id) {
            let changes =
                item.kind == SettlementEvent.Kind.completed.rawValue
                ? try await reader.changes(in: item.sourceID)
                : [
                    PendingChangeRow(
                        journalID: item.journalID,
                        sourceID: item.sourceID,
                        kind: item.kind,
                        amountMinorUnits: item.wholeMinorUnits
                    )
                ]
            parts += Self.share(of: changes, after: item.usedMinorUnits, item.amountMinorUnits)
        }
        return parts
    }

    /// The changes that make up an amount, after those that earlier payouts have.
    ///
    /// What was taken comes first and is in the first of the payouts; what was added follows in its
    /// order, and the first and the last of it may be in a payout in part. So the parts of each payout
    /// come to its amount, and those of all payouts to the whole.
    static func share(
        of changes: [PendingChangeRow],
        after used: Int64,
        _ amount: Int64
    ) -> [PayoutPart] {
        let taken = changes.filter { $0.amountMinorUnits < 0 }
        let added = changes.filter { $0.amountMinorUnits > 0 }
        var parts: [PayoutPart] = []
        var total: Int64 = 0
        for change in taken + added {
            let before = total
            total += change.amountMinorUnits
            let part =
                change.amountMinorUnits < 0
                ? (used == 0 ? change.amountMinorUnits : 0)
                : max(0, min(total, used + amount) - (used == 0 ? before : max(before, used)))
            guard part != 0 else { continue }
            parts.append(
                PayoutPart(
                    sourceID: change.sourceID,
                    kind: word(change.kind),
                    amountMinorUnits: part,
                    wholeMinorUnits: change.amountMinorUnits,
                    transactionID: "txn_" + change.journalID.dropFirst("jrn_".count)
                )
            )
        }
        return parts
    }

    /// Stripe's word for what a journal did to the balance.
    private static func word(_ kind: String) -> String {
        switch kind {
        case "payment_captured": "charge"
        case "refund_requested": "refund"
        case "refund_failed": "refund_failure"
        case "payout_reversed": "payout_failure"
        case _: "adjustment"
        }
    }

    private func payout(_ call: APICall) async throws -> Payout {
        let text = call.variable("payout")
        guard let id = PayoutID(rawValue: text),
            let payout = try await reader(for: call).payout(id)
        else { throw APIError.noSuch("payout", text, parameter: "payout") }
        return payout
    }
}

extension CommandRequests {
    func createPayout() throws -> PayoutCommand {
        let merchant = try call.merchant()
        return .create(
            CreatePayout(
                payoutID: newID(),
                settingsID: BalanceSettingsID(of: merchant.id),
                amount: try amount(),
                destination: parameters.text("destination"),
                description: parameters.text("description"),
                statementDescriptor: parameters.text("statement_descriptor"),
                metadata: metadata()
            )
        )
    }

    func updatePayout() throws -> PayoutCommand {
        .update(try payoutID(), metadataChange() ?? MetadataChange())
    }

    func cancelPayout() throws -> PayoutCommand { .cancel(try payoutID()) }

    func updateBalanceSettings() throws -> PayoutCommand {
        let merchant = try call.merchant()
        let payments = parameters.object("payments")
        let payouts = payments?.object("payouts")
        let timing = payments?.object("settlement_timing")
        let bank = payouts?.object("destination")
        return .changeSettings(
            UpdateBalanceSettings(
                settingsID: BalanceSettingsID(of: merchant.id),
                interval: payouts?.object("schedule")?.text("interval")
                    .flatMap { PayoutInterval(rawValue: $0) },
                delayDays: timing?.integer("delay_days_override"),
                minimumMinorUnits: payouts?.integer("minimum"),
                destination: try bank.map { try destination($0, merchant) },
                statementDescriptor: Self.change("statement_descriptor", in: payouts)
            )
        )
    }

    private static func change(_ name: String, in parameters: ValidatedParameters?) -> FieldChange {
        guard let parameters, parameters.has(name) else { return .keep }
        return parameters.text(name).map { .set($0) } ?? .clear
    }

    /// A bank account as banks' files can hold it.
    private func destination(
        _ bank: ValidatedParameters,
        _ merchant: Merchant
    ) throws(APIError) -> PayoutDestination {
        func digits(_ name: String) throws(APIError) -> String {
            let text = bank.text(name) ?? ""
            guard !text.isEmpty,
                text.utf8.allSatisfy({ byte in
                    (48...57).contains(byte) || (65...90).contains(byte)
                        || (97...122).contains(byte)
                })
            else {
                throw .invalid(
                    "\(name) has digits and letters only.",
                    parameter: "payments[payouts][destination][\(name)]"
                )
            }
            return text
        }
        return PayoutDestination(
            id: newID(),
            holder: bank.text("account_holder_name") ?? merchant.statementDescriptor,
            number: try digits("account_number"),
            routingNumber: try digits("routing_number")
        )
    }

    private func payoutID() throws(APIError) -> PayoutID {
        let text = call.variable("payout")
        guard let id = PayoutID(rawValue: text) else {
            throw .noSuch("payout", text, parameter: "payout")
        }
        return id
    }
}
