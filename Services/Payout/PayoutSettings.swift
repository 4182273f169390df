import BankMessages
import Logging
import ServiceKit

/// The payout service's own settings.
struct PayoutSettings: Sendable {
    /// How files go to the bank and come from it.
    enum Transport: String, Sendable, CaseIterable {
        case https
        case folders
    }

    let database: DatabaseSettings
    let transport: Transport
    private let bankURL: String
    private let certificateFile: String?
    private let folder: String
    private let patienceSeconds: Int
    private let accountNumber: String
    private let routingNumber: String
    private let holder: String

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 4)
        transport = reader.choice(
            "bank.transport",
            default: .https,
            help: "how files go to the bank and come from it"
        )
        let url = reader.optionalString(
            "bank.url",
            help: "https: where files for the bank go and its files are, https://host:port"
        )
        certificateFile = reader.optionalString(
            "bank.certificate.file",
            help: "https: certificates that the bank's door is trusted by; else the system's"
        )
        let path = reader.optionalString(
            "bank.folder",
            help: "folders: the folder with `in` for files to the bank and `out` for its own, both"
                + " writable; `out/taken` and `out/refused` are made there"
        )
        patienceSeconds = reader.integer(
            "bank.folder.patience.seconds",
            default: 30,
            in: 1...3_600,
            help: "folders: how long a file of the bank that does not end is left to grow before it"
                + " is refused"
        )
        switch transport {
        case .https:
            if url == nil { reader.report("BANK_URL is required where BANK_TRANSPORT is https") }
        case .folders:
            if path == nil {
                reader.report("BANK_FOLDER is required where BANK_TRANSPORT is folders")
            }
        }
        bankURL = url ?? ""
        folder = path ?? ""
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

    /// The chosen way to the bank.
    func bank(logger: Logger) -> any BankTransport {
        switch transport {
        case .https: BankClient(url: bankURL, certificateFile: certificateFile)
        case .folders:
            BankDrop(
                folder: folder,
                patience: .seconds(patienceSeconds),
                elapsed: { SystemClock.elapsed() },
                logger: logger
            )
        }
    }
}
