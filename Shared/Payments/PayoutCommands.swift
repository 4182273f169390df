import JSON
public import Money

/// What a merchant wants done with its available balance.
public enum PayoutCommand: Sendable, Equatable {
    /// Pay out now.
    case create(CreatePayout)
    /// Change a payout's pairs.
    case update(PayoutID, MetadataChange)
    /// Take a payout back that has not gone out yet.
    case cancel(PayoutID)
    /// Change when and where payouts go.
    case changeSettings(UpdateBalanceSettings)

    /// Which kind of command it is.
    public var kind: Command.Kind {
        switch self {
        case .create: .createPayout
        case .update: .updatePayout
        case .cancel: .cancelPayout
        case .changeSettings: .updateBalanceSettings
        }
    }

    /// The stream that it works on.
    var target: StreamID {
        switch self {
        case .create(let request): .payout(request.payoutID)
        case .update(let id, _), .cancel(let id): .payout(id)
        case .changeSettings(let request): .balanceSettings(request.settingsID)
        }
    }

    /// The streams that must be loaded, the target first.
    var streams: [StreamID] {
        switch self {
        case .create(let request): [target, .balanceSettings(request.settingsID)]
        case .update, .cancel, .changeSettings: [target]
        }
    }
}

/// Pays out a part of what is available.
public struct CreatePayout: Sendable, Equatable {
    /// How long a payout can be taken back before it goes to the bank.
    public static let cancelableSeconds: Int64 = 15 * 60

    /// The new payout.
    public let payoutID: PayoutID
    /// The merchant's settings, which say where it goes.
    public let settingsID: BalanceSettingsID
    /// How much.
    public let amount: Money
    /// The bank account that the merchant named, if it did.
    public let destination: String?
    /// The merchant's words about it.
    public let description: String?
    /// What the merchant's bank statement shows.
    public let statementDescriptor: String?
    /// The merchant's own pairs.
    public let metadata: Metadata

    /// Creates the value from its parts.
    public init(
        payoutID: PayoutID,
        settingsID: BalanceSettingsID,
        amount: Money,
        destination: String? = nil,
        description: String? = nil,
        statementDescriptor: String? = nil,
        metadata: Metadata = Metadata()
    ) {
        self.payoutID = payoutID
        self.settingsID = settingsID
        self.amount = amount
        self.destination = destination
        self.description = description
        self.statementDescriptor = statementDescriptor
        self.metadata = metadata
    }
}

/// Changes a merchant's settings; what is nil stays.
public struct UpdateBalanceSettings: Sendable, Equatable {
    /// The settings.
    public let settingsID: BalanceSettingsID
    /// When payouts are made.
    public let interval: PayoutInterval?
    /// How many business days after its settlement money is paid out.
    public let delayDays: Int64?
    /// The least that a scheduled payout pays.
    public let minimumMinorUnits: Int64?
    /// Where payouts go.
    public let destination: PayoutDestination?
    /// What the merchant's bank statement shows.
    public let statementDescriptor: FieldChange

    /// Creates the value from its parts.
    public init(
        settingsID: BalanceSettingsID,
        interval: PayoutInterval? = nil,
        delayDays: Int64? = nil,
        minimumMinorUnits: Int64? = nil,
        destination: PayoutDestination? = nil,
        statementDescriptor: FieldChange = .keep
    ) {
        self.settingsID = settingsID
        self.interval = interval
        self.delayDays = delayDays
        self.minimumMinorUnits = minimumMinorUnits
        self.destination = destination
        self.statementDescriptor = statementDescriptor
    }

    func applied(to settings: BalanceSettings) -> BalanceSettings {
        var changed = settings
        if let interval { changed.interval = interval }
        if let delayDays { changed.delayDays = delayDays }
        if let minimumMinorUnits { changed.minimumMinorUnits = minimumMinorUnits }
        if let destination { changed.destination = destination }
        changed.statementDescriptor = statementDescriptor.applied(to: settings.statementDescriptor)
        return changed
    }
}

extension PayoutCommand {
    /// The body of the command's row.
    var document: JSON {
        switch self {
        case .create(let request):
            [
                "payout_id": request.payoutID.document,
                "settings_id": request.settingsID.document,
                "amount": request.amount.document,
                "destination": .optional(request.destination),
                "description": .optional(request.description),
                "statement_descriptor": .optional(request.statementDescriptor),
                "metadata": request.metadata.document,
            ]
        case .update(let id, let change):
            ["payout_id": id.document, "metadata": change.document]
        case .cancel(let id): ["payout_id": id.document]
        case .changeSettings(let request):
            [
                "settings_id": request.settingsID.document,
                "interval": .optional(request.interval),
                "delay_days": .optional(request.delayDays),
                "minimum_minor_units": .optional(request.minimumMinorUnits),
                "destination": .optional(request.destination),
                "statement_descriptor": request.statementDescriptor.document,
            ]
        }
    }

    static func create(document: JSON) throws(DocumentError) -> PayoutCommand {
        let fields = try Fields(document)
        return .create(
            CreatePayout(
                payoutID: try fields.required("payout_id"),
                settingsID: try fields.required("settings_id"),
                amount: try fields.required("amount"),
                destination: try fields.optional("destination"),
                description: try fields.optional("description"),
                statementDescriptor: try fields.optional("statement_descriptor"),
                metadata: try fields.required("metadata")
            )
        )
    }

    static func update(document: JSON) throws(DocumentError) -> PayoutCommand {
        let fields = try Fields(document)
        return .update(try fields.required("payout_id"), try fields.required("metadata"))
    }

    static func cancel(document: JSON) throws(DocumentError) -> PayoutCommand {
        .cancel(try Fields(document).required("payout_id"))
    }

    static func changeSettings(document: JSON) throws(DocumentError) -> PayoutCommand {
        let fields = try Fields(document)
        return .changeSettings(
            UpdateBalanceSettings(
                settingsID: try fields.required("settings_id"),
                interval: try fields.optional("interval"),
                delayDays: try fields.optional("delay_days"),
                minimumMinorUnits: try fields.optional("minimum_minor_units"),
                destination: try fields.optional("destination"),
                statementDescriptor: try fields.required("statement_descriptor")
            )
        )
    }
}
