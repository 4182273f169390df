/// Why a bank refuses or returns a transfer: the codes of ISO 20022's external code list.
public enum BankReason: Sendable, Hashable {
    /// AC01: the account number is not one.
    case incorrectAccountNumber
    /// AC03: the creditor's account does not exist.
    case noAccount
    /// AC04: the account was closed.
    case closedAccount
    /// AC06: the account is blocked.
    case blockedAccount
    /// AG01: the account may not take such a transfer.
    case forbidden
    /// AM03: the account does not take this currency.
    case currencyNotAllowed
    /// AM04: there is not enough money.
    case insufficientFunds
    /// BE01: the holder's name is another.
    case holderMismatch
    /// MD01: no mandate allows the debit.
    case debitNotAuthorized
    /// MS03: the bank does not say why.
    case unspecified
    /// A code of the list that has no name here; four capital letters or digits.
    case other(String)

    /// The four characters of the code list.
    public var code: String {
        if case .other(let code) = self { return code }
        return Self.named.first { $0.reason == self }?.code ?? "MS03"
    }

    /// Reads a code; refuses what cannot be one.
    public init(code: String) throws(BankMessageError) {
        guard code.utf8.count == 4,
            code.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber) })
        else { throw .invalid(field: "reason", value: code) }
        self = Self.named.first { $0.code == code }?.reason ?? .other(code)
    }

    private static let named: [(reason: BankReason, code: String)] = [
        (.incorrectAccountNumber, "AC01"), (.noAccount, "AC03"), (.closedAccount, "AC04"),
        (.blockedAccount, "AC06"), (.forbidden, "AG01"), (.currencyNotAllowed, "AM03"),
        (.insufficientFunds, "AM04"), (.holderMismatch, "BE01"), (.debitNotAuthorized, "MD01"),
        (.unspecified, "MS03"),
    ]
}
