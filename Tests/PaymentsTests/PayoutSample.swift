import Money
import Payments

/// A payout with every fact that can follow another, and the commands about payouts.
enum PayoutSample {
    static let id = PayoutID(checked: "po_000000000000000000000001")
    static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    static let destination = PayoutDestination(
        id: BankAccountID(checked: "ba_000000000000000000000001"),
        holder: "TEA HOUSE",
        number: "000123456789",
        routingNumber: "110000000"
    )

    static func creation(of merchantID: MerchantID, id: PayoutID = id) -> PayoutCreated {
        PayoutCreated(
            payoutID: id,
            merchantID: merchantID,
            livemode: false,
            amount: Money(minorUnits: 97_000, currency: .inr),
            isAutomatic: true,
            sendAt: now,
            arrivalAt: now,
            destination: destination,
            description: "weekly",
            statementDescriptor: "TEA",
            metadata: Metadata([Metadata.Entry(key: "run", value: "1")])
        )
    }

    static func facts(of merchantID: MerchantID) -> [PayoutEvent] {
        [
            .created(creation(of: merchantID)),
            .updated(MetadataChange(steps: [.init(key: "run", value: "2")])),
            .sent(fileID: "F1"), .paid(bankReference: "B1-1"), .returned(reason: "AC04"),
            .failed(reason: "AC04"),
        ]
    }

    static func events(of merchant: Merchant) -> [RecordedEvent] {
        let canceledID = PayoutID(checked: "po_000000000000000000000002")
        let canceled = [.created(creation(of: merchant.id, id: canceledID)), .canceled]
            .enumerated().map { (index: Int, fact: PayoutEvent) in
                RecordedEvent(
                    stream: .payout(canceledID),
                    version: Int32(index + 1),
                    event: .payout(fact),
                    recordedAt: now
                )
            }
        let payout = facts(of: merchant.id).enumerated().map { index, fact in
            RecordedEvent(
                stream: .payout(id),
                version: Int32(index + 1),
                event: .payout(fact),
                recordedAt: now
            )
        }
        var settings = BalanceSettings(of: merchant)
        settings.interval = .manual
        settings.statementDescriptor = "TEA"
        return canceled + payout + [
            RecordedEvent(
                stream: .balanceSettings(BalanceSettingsID(of: merchant.id)),
                version: 1,
                event: .balanceSettingsUpdated(settings),
                recordedAt: now
            )
        ]
    }

    static func commands(of merchantID: MerchantID) -> [Command] {
        let settingsID = BalanceSettingsID(of: merchantID)
        return [
            .payout(
                .create(
                    CreatePayout(
                        payoutID: id,
                        settingsID: settingsID,
                        amount: Money(minorUnits: 1, currency: .jpy),
                        destination: destination.id.rawValue,
                        description: "now"
                    )
                )
            ),
            .payout(.update(id, MetadataChange(clearsFirst: true))),
            .payout(.cancel(id)),
            .payout(
                .changeSettings(
                    UpdateBalanceSettings(
                        settingsID: settingsID,
                        interval: .manual,
                        delayDays: 1,
                        minimumMinorUnits: 500,
                        destination: destination,
                        statementDescriptor: .set("TEA")
                    )
                )
            ),
        ]
    }
}
