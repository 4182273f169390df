import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// Settlement batches, and the merchant's clock.
extension MerchantAPIHandlers {
    func listSettlements(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming { try await reader.settlements(request) }
        var shown: [JSON] = []
        for settlement in page.items {
            shown.append(try await rendered(settlement, by: reader, call))
        }
        return call.list(shown, hasMore: page.hasMore)
    }

    func retrieveSettlement(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        let reader = try reader(for: call)
        let settlement = try await settlement(text, by: reader)
        return APIAnswer(JSONBody(try await rendered(settlement, by: reader, call)))
    }

    func listSettlementItems(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let reader = try reader(for: call)
        let settlement = try await settlement(call.variable("id"), by: reader)
        let request = try call.page()
        let page = try await call.naming { try await reader.items(of: settlement.id, request) }
        let renderer = call.renderer
        return call.list(
            page.items.map { renderer.settlementItem(SettledItem($0)) },
            hasMore: page.hasMore
        )
    }

    private func settlement(_ text: String, by reader: MerchantReader) async throws -> Settlement {
        guard let id = SettlementID(rawValue: text),
            let settlement = try await reader.settlement(id)
        else { throw APIError.noSuch("settlement", text, parameter: "id") }
        return settlement
    }

    private func rendered(
        _ settlement: Settlement,
        by reader: MerchantReader,
        _ call: APICall
    ) async throws -> JSON {
        let items = try await reader.items(
            of: settlement.id,
            PageRequest(limit: PageRequest.maximumLimit)
        )
        return call.renderer.settlement(
            settlement,
            items: items.items.map { SettledItem($0) },
            hasMoreItems: items.hasMore
        )
    }
}

extension SettledItem {
    fileprivate init(_ row: SettlementItemRow) {
        self.init(
            id: row.sourceID,
            // What a dispute or a refund took back has its own name behind a colon.
            sourceID: String(row.sourceID.prefix { $0 != ":" }),
            chargeID: row.chargeID,
            paymentID: row.paymentID,
            kind: row.kind,
            amountMinorUnits: ["refund", "chargeback"].contains(row.kind)
                ? -row.amountMinorUnits : row.amountMinorUnits,
            feeMinorUnits: row.feeMinorUnits,
            reference: row.reference
        )
    }
}

extension CommandRequests {
    /// How far the merchant's clock is to go.
    func advanceClock() throws -> AdvanceClock {
        let merchant = try call.merchant()
        guard !merchant.livemode else {
            throw APIError.invalid("Only a test merchant has a clock of its own.")
        }
        let moment = parameters.integer("frozen_time")
        let seconds = parameters.integer("seconds")
        switch (moment, seconds) {
        case (nil, nil): throw APIError.missing("frozen_time")
        case (.some, .some): throw APIError.exclusive("frozen_time", "seconds")
        case (.some(let moment), nil):
            return AdvanceClock(
                merchantID: merchant.id,
                goal: .moment(Timestamp(secondsSinceEpoch: moment))
            )
        case (nil, .some(let seconds)):
            return AdvanceClock(merchantID: merchant.id, goal: .seconds(seconds))
        }
    }
}
