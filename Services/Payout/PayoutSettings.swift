import BankMessages
import ServiceKit

/// The payout service's own settings.
struct PayoutSettings: Sendable {
    let database: DatabaseSettings
    let bankURL: String
    let certificateFile: String?
    private let accountNumber: String
    private let routingNumber: String
    private let holder: String

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 4)
        bankURL = reader.requiredString(
            "bank.url",
            help: "where files for the bank go and its files are, https://host:port"
        )
        certificateFile = reader.optionalString(
            "bank.certificate.file",
            help: "certificates that the bank's door is trusted by; else the system's"
        )
        accountNumber = reader.string(
            "bank.account",
            default: "000990000001",
            help: "the escrow account that payouts are made from"
        )
        routingNumber = reader.string(
            "bank.routing.number",
            default: "110000000",
            help: "the number of that account's bank"
        )
        holder = reader.string(
            "bank.holder",
            default: "Payment Gateway",
            help: "who holds that account"
        )
        do {
            _ = try debtor()
        } catch {
            reader.report("BANK_ACCOUNT, BANK_ROUTING_NUMBER or BANK_HOLDER: \(error)")
        }
    }

    /// The account that payouts are made from.
    func debtor() throws -> BankAccount {
        try BankAccount(holder: holder, number: accountNumber, routingNumber: routingNumber)
    }
}
