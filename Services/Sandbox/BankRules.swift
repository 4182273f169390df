import BankMessages
import Money

/// What the bank does with a transfer, by the number of the account that it goes to.
///
/// | account | outcome |
/// |---|---|
/// | 000111111116 | rejected: no such account (AC03) |
/// | 000222222227 | rejected: not enough money (AM04) |
/// | 000333333335 | rejected: not authorized (MD01) |
/// | 000444444440 | rejected: the account does not take the currency (AM03) |
/// | 000111111113 | booked, then sent back by the creditor's bank: the account was closed (AC04) |
/// | any other | booked |
///
/// Whatever the account, a transfer that the debited account has no money for is rejected.
enum BankRules {
    static func fate(of transfer: CreditTransfer, balanceMinorUnits: Int64) -> BankTransferFate {
        switch transfer.creditor.number {
        case "000111111116": return .rejected(.noAccount)
        case "000222222227": return .rejected(.insufficientFunds)
        case "000333333335": return .rejected(.debitNotAuthorized)
        case "000444444440": return .rejected(.currencyNotAllowed)
        default: break
        }
        guard transfer.amount.minorUnits <= balanceMinorUnits else {
            return .rejected(.insufficientFunds)
        }
        return transfer.creditor.number == "000111111113" ? .returned(.closedAccount) : .booked
    }
}
