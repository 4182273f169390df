public import JSON
import Money
public import Payments

/// A part of a payout: an entry of the balance, or what this payout has of it.
public struct PayoutPart: Sendable, Equatable {
    /// The balance transaction or settlement that it comes from, as its journal's source.
    public let sourceID: String
    /// What kind of change it was.
    public let kind: String
    /// How much of it is in this payout; less than zero for what was taken.
    public let amountMinorUnits: Int64
    /// How much it is altogether.
    public let wholeMinorUnits: Int64
    /// The balance transaction.
    public let transactionID: String

    /// Puts the parts together.
    public init(
        sourceID: String,
        kind: String,
        amountMinorUnits: Int64,
        wholeMinorUnits: Int64,
        transactionID: String
    ) {
        self.sourceID = sourceID
        self.kind = kind
        self.amountMinorUnits = amountMinorUnits
        self.wholeMinorUnits = wholeMinorUnits
        self.transactionID = transactionID
    }
}

/// Renders payouts and the settings that make them.
extension ResourceRenderer {
    /// A payout.
    public func payout(_ payout: Payout, expand: Expansion = .none) -> JSON {
        let creation = payout.creation
        return [
            "id": .string(payout.id.rawValue),
            "object": "payout",
            "amount": .integer(payout.amount.minorUnits),
            "application_fee": .null,
            "application_fee_amount": .null,
            "arrival_date": .moment(creation.arrivalAt),
            "automatic": .bool(creation.isAutomatic),
            "balance_transaction": transaction(1, of: payout, expand["balance_transaction"]),
            "created": .moment(payout.createdAt),
            "currency": .string(payout.amount.currency.code),
            "description": .text(creation.description),
            "destination": .string(creation.destination.id.rawValue),
            "failure_balance_transaction": payout.reversedVersion.map {
                transaction($0, of: payout, expand["failure_balance_transaction"])
            } ?? .null,
            "failure_code": .text(payout.failureCode),
            "failure_message": .text(payout.failureMessage),
            "livemode": .bool(creation.livemode),
            "metadata": payout.metadata.document,
            "method": "standard",
            "original_payout": .null,
            "payout_method": .null,
            "reconciliation_status": .string(
                creation.isAutomatic ? "completed" : "not_applicable"
            ),
            "reversed_by": .null,
            "source_type": "card",
            "statement_descriptor": .text(creation.statementDescriptor),
            "status": .string(payout.status.rawValue),
            "trace_id": payout.bankReference.map {
                ["status": "supported", "value": .string($0)]
            } ?? .null,
            "type": "bank_account",
        ]
    }

    /// The transaction by which a payout changed the balance, as a bare identifier or in full.
    private func transaction(_ version: Int32, of payout: Payout, _ expand: Expansion?) -> JSON {
        guard expand != nil, let shown = balanceTransaction(version, of: payout) else {
            return .string(payout.transactionID(version).rawValue)
        }
        return shown
    }

    /// What a payout's event of this version did to the balance; nil where it did nothing.
    public func balanceTransaction(_ version: Int32, of payout: Payout) -> JSON? {
        guard version == 1 || version == payout.reversedVersion else { return nil }
        let isOut = version == 1
        let amount = isOut ? -payout.amount.minorUnits : payout.amount.minorUnits
        let type =
            isOut ? "payout" : payout.status == .canceled ? "payout_cancel" : "payout_failure"
        return [
            "id": .string(payout.transactionID(version).rawValue),
            "object": "balance_transaction",
            "amount": .integer(amount),
            "available_on": .moment(payout.createdAt),
            "balance_type": "payments",
            "created": .moment(payout.createdAt),
            "currency": .string(payout.amount.currency.code),
            "description": .text(payout.creation.description),
            "exchange_rate": .null,
            "fee": 0,
            "fee_details": [],
            "net": .integer(amount),
            "reporting_category": .string(isOut ? "payout" : "payout_reversal"),
            "source": .string(payout.id.rawValue),
            "status": "available",
            "type": .string(type),
        ]
    }

    /// A part of what is inside a payout.
    public func payoutPart(_ part: PayoutPart) -> JSON {
        [
            "id": .string(part.transactionID),
            "object": "payout.transaction",
            "amount": .integer(part.amountMinorUnits),
            "is_partial": .bool(part.amountMinorUnits != part.wholeMinorUnits),
            "source": .string(part.sourceID),
            "type": .string(part.kind),
            "whole_amount": .integer(part.wholeMinorUnits),
        ]
    }

    /// When and where a merchant's balance is paid out.
    public func balanceSettings(_ settings: BalanceSettings, currency: String) -> JSON {
        [
            "object": "balance_settings",
            "payments": [
                "debit_negative_balances": false,
                "payouts": [
                    "destination": [
                        "id": .string(settings.destination.id.rawValue),
                        "object": "bank_account",
                        "account_holder_name": .string(settings.destination.holder),
                        "last4": .string(String(settings.destination.number.suffix(4))),
                        "routing_number": .string(settings.destination.routingNumber),
                    ],
                    "minimum_balance_by_currency": settings.minimumMinorUnits == 0
                        ? .null
                        : .object([
                            JSON.Member(key: currency, value: .integer(settings.minimumMinorUnits))
                        ]),
                    "schedule": [
                        "interval": .string(settings.interval.rawValue),
                        "monthly_payout_days": .null,
                        "weekly_payout_days": .null,
                    ],
                    "statement_descriptor": .text(settings.statementDescriptor),
                    "status": "enabled",
                ],
                "settlement_timing": [
                    "delay_days": .integer(settings.delayDays),
                    "delay_days_override": .integer(settings.delayDays),
                ],
            ],
        ]
    }
}

extension Payout {
    /// The balance transaction of the payout's event of this version.
    public func transactionID(_ version: Int32) -> BalanceTransactionID {
        BalanceTransactionID(paymentID: PaymentID(checked: "pi_" + id.suffix), version: version)
    }

    /// Stripe's word for why it did not arrive.
    var failureCode: String? {
        guard status == .failed, let failure else { return nil }
        return switch failure {
        case "AC01": "invalid_account_number"
        case "AC03": "no_account"
        case "AC04": "account_closed"
        case "AC06": "account_frozen"
        case "AG01": "bank_account_restricted"
        case "AM03": "invalid_currency"
        case "AM04": "insufficient_funds"
        case "BE01": "incorrect_account_holder_name"
        case "MD01": "debit_not_authorized"
        case _: "could_not_process"
        }
    }

    var failureMessage: String? {
        guard let code = failureCode else { return nil }
        return switch code {
        case "invalid_account_number": "The bank account number is not one."
        case "no_account": "The bank account could not be found."
        case "account_closed": "The bank account has been closed."
        case "account_frozen": "The bank account has been frozen."
        case "bank_account_restricted": "The bank account does not take such payments."
        case "invalid_currency": "The bank account does not take this currency."
        case "insufficient_funds":
            "The bank could not debit the account that payouts are made from."
        case "incorrect_account_holder_name": "The bank account has another holder."
        case "debit_not_authorized": "The bank account does not allow this payment."
        case _: "The bank could not process this payout."
        }
    }
}

extension APIError {
    /// A payout that should be taken back from the account that it went to.
    public static func payoutNotReversible(_ payout: Payout) -> APIError {
        let hint =
            switch payout.status {
            case .pending: "It is pending, so it can be canceled instead."
            case .inTransit: "It is at the bank, whose word is waited for."
            case .paid: "Ask the holder of the account to send the money back."
            case .failed, .canceled: "Its money is available again already."
            }
        return .invalid(
            "Payout \(payout.id) cannot be reversed: payouts are credit transfers, and the accounts "
                + "that they go to cannot be debited. \(hint)",
            code: "payout_reversal_not_supported"
        )
    }
}
