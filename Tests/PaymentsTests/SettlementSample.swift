import Money
import Payments

/// A settlement batch's whole life, and the command that moves a merchant's clock.
enum SettlementSample {
    private static let id = SettlementID(checked: "stl_000000000000000000000001")
    private static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func events(of merchantID: MerchantID) -> [RecordedEvent] {
        let facts: [SettlementEvent] = [
            .created(
                SettlementCreated(
                    settlementID: id,
                    merchantID: merchantID,
                    livemode: false,
                    currency: .inr,
                    cutOffAt: now
                )
            ),
            .cleared(
                SettlementCleared(
                    saleCount: 2,
                    refundCount: 1,
                    sales: Money(minorUnits: 100_000, currency: .inr),
                    refunds: Money(minorUnits: 1_000, currency: .inr),
                    networkFees: Money(minorUnits: 1_200, currency: .inr)
                )
            ),
            .completed(
                SettlementCompleted(
                    available: Money(minorUnits: -5, currency: .inr),
                    leftOutCount: 3,
                    unmatchedLineCount: 4
                )
            ),
        ]
        return facts.enumerated().map { index, fact in
            RecordedEvent(
                stream: .settlement(id),
                version: Int32(index + 1),
                event: .settlement(fact),
                recordedAt: now
            )
        }
    }

    static func commands(of merchantID: MerchantID) -> [Command] {
        [
            .advanceClock(AdvanceClock(merchantID: merchantID, goal: .moment(now))),
            .advanceClock(AdvanceClock(merchantID: merchantID, goal: .seconds(86_400))),
        ]
    }
}
