import JSON
import Money
public import Payments
public import Postgres

/// Loads what commands need to be decided: their payments, payment methods, tokens and merchants.
///
/// A projection's document is the aggregate as it was folded, written in the transaction of its
/// events, so reading it is reading the stream.
public struct AggregateLoader: Sendable {
    private let executor: any PostgresExecutor

    /// Reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// Loads the aggregates of many commands in one round trip, in the order of the commands.
    ///
    /// A document that this version of the product cannot read throws for all of them; the caller
    /// may load them one by one to find it.
    public func aggregates(of commands: [SubmittedCommand]) async throws -> [Aggregates] {
        var wanted = Wanted()
        for command in commands {
            wanted.merchants.insert(command.merchantID)
            if case .createRefund(let request) = command.command {
                wanted.refunded.append(RowKey(command.merchantID, .payment(request.paymentID)))
            }
            if case .payout(.create) = command.command {
                wanted.paying.append(command.merchantID.rawValue)
            }
            for stream in command.command.streams {
                wanted.add(stream, of: command.merchantID)
            }
        }
        let found = try await load(wanted)
        return commands.map { command in
            let streams = command.command.streams
            var payment: Payment?
            var method: PaymentMethod?
            var token: CardToken?
            var endpoint: WebhookEndpoint?
            var payout: Payout?
            var settings: BalanceSettings?
            for stream in streams {
                let key = RowKey(command.merchantID, stream)
                switch stream {
                case .payment: payment = payment ?? found.payments[key]
                case .paymentMethod: method = method ?? found.methods[key]
                case .cardToken: token = token ?? found.tokens[key]
                case .webhookEndpoint: endpoint = endpoint ?? found.endpoints[key]
                case .payout: payout = payout ?? found.payouts[key]
                case .balanceSettings: settings = settings ?? found.settings[key]
                case .merchant, .webhookReplay, .settlement, .adjustment: break
                }
            }
            return Aggregates(
                merchant: found.merchants[command.merchantID.rawValue],
                payment: payment,
                paymentMethod: method,
                cardToken: token,
                webhookEndpoint: endpoint,
                payout: payout,
                balanceSettings: settings,
                isSettled: found.settled.contains(
                    RowKey(command.merchantID, command.command.target)
                ),
                balanceMinorUnits: payment.flatMap { payment in
                    let currency = payment.amount.currency.code
                    let merchant = command.merchantID.rawValue
                    return found.balances[RowKey(merchant: merchant, id: currency)]
                } ?? 0,
                availableMinorUnits: Self.available(command, found),
                clockAheadMicroseconds: found.clocks[command.merchantID.rawValue] ?? 0
            )
        }
    }

    private struct RowKey: Hashable {
        let merchant: String
        let id: String

        init(_ merchantID: MerchantID, _ stream: StreamID) {
            merchant = merchantID.rawValue
            id = stream.rawValue
        }

        init(merchant: String, id: String) {
            self.merchant = merchant
            self.id = id
        }
    }

    private struct Wanted {
        var payments: [RowKey] = []
        var methods: [RowKey] = []
        var tokens: [RowKey] = []
        var endpoints: [RowKey] = []
        var refunded: [RowKey] = []
        var payouts: [RowKey] = []
        var settings: [RowKey] = []
        /// The merchants that want money paid out.
        var paying: [String] = []
        var merchants: Set<MerchantID> = []

        mutating func add(_ stream: StreamID, of merchantID: MerchantID) {
            let key = RowKey(merchantID, stream)
            switch stream {
            case .payment: payments.append(key)
            case .paymentMethod: methods.append(key)
            case .cardToken: tokens.append(key)
            case .webhookEndpoint: endpoints.append(key)
            case .payout: payouts.append(key)
            case .balanceSettings: settings.append(key)
            case .merchant, .webhookReplay, .settlement, .adjustment: break
            }
        }
    }

    private struct Found {
        var payments: [RowKey: Payment] = [:]
        var methods: [RowKey: PaymentMethod] = [:]
        var tokens: [RowKey: CardToken] = [:]
        var endpoints: [RowKey: WebhookEndpoint] = [:]
        var payouts: [RowKey: Payout] = [:]
        var settings: [RowKey: BalanceSettings] = [:]
        /// What can be paid out, by merchant and currency.
        var available: [RowKey: Int64] = [:]
        var merchants: [String: Merchant] = [:]
        var settled: Set<RowKey> = []
        var clocks: [String: Int64] = [:]
        /// By merchant and currency.
        var balances: [RowKey: Int64] = [:]
    }

    private func load(_ wanted: Wanted) async throws -> Found {
        let merchants = wanted.merchants.map(\.rawValue)
        var statements: [Query] = [
            """
            SELECT merchant_id, merchant_id, document FROM merchant
            WHERE merchant_id = ANY (\(merchants)::text[])
            """,
            Self.documents("payment", wanted.payments),
            Self.documents("payment_method", wanted.methods),
            Self.documents("card_token", wanted.tokens),
            MerchantClock.offsets(merchants),
        ]
        // Payments are many and endpoints are few: the others do not pay for them.
        if !wanted.endpoints.isEmpty {
            statements.append(Self.documents("webhook_endpoint", wanted.endpoints))
        }
        if !wanted.refunded.isEmpty {
            let keys = wanted.refunded
            statements.append(
                SettlementMarks.settled(keys.map(\.merchant), payments: keys.map(\.id))
            )
            statements.append(Self.balances(keys.map(\.merchant)))
        }
        let asksPayouts = !wanted.payouts.isEmpty || !wanted.settings.isEmpty
        if asksPayouts {
            statements.append(Self.documents("payout", wanted.payouts))
            statements.append(Self.documents("balance_settings", wanted.settings))
            statements.append(Self.available(wanted.paying))
        }
        let rows = try await executor.pipeline(statements)
        precondition(
            rows.count == statements.count,
            "a pipeline has one result per statement"
        )
        var found = Found()
        for (key, merchant) in try Self.read(rows[0], as: Merchant.self) {
            found.merchants[key.merchant] = merchant
        }
        found.payments = try Self.read(rows[1], as: Payment.self)
        found.methods = try Self.read(rows[2], as: PaymentMethod.self)
        found.tokens = try Self.read(rows[3], as: CardToken.self)
        found.clocks = try MerchantClock.offsets(rows[4])
        var further = rows.dropFirst(5)
        if !wanted.endpoints.isEmpty, let rows = further.popFirst() {
            found.endpoints = try Self.read(rows, as: WebhookEndpoint.self)
        }
        if !wanted.refunded.isEmpty, let rows = further.popFirst() {
            for row in rows {
                let (merchant, id) = try row.decode((String, String).self)
                found.settled.insert(RowKey(merchant: merchant, id: id))
            }
            for row in further.popFirst().map(Array.init) ?? [] {
                let (merchant, currency, balance) = try row.decode((String, String, Int64).self)
                found.balances[RowKey(merchant: merchant, id: currency)] = balance
            }
        }
        if asksPayouts {
            if let rows = further.popFirst() {
                found.payouts = try Self.read(rows, as: Payout.self)
            }
            if let rows = further.popFirst() {
                found.settings = try Self.read(rows, as: BalanceSettings.self)
            }
            for row in further.popFirst().map(Array.init) ?? [] {
                let (merchant, currency, balance) = try row.decode((String, String, Int64).self)
                found.available[RowKey(merchant: merchant, id: currency)] = balance
            }
        }
        return found
    }

    private static func available(_ command: SubmittedCommand, _ found: Found) -> Int64 {
        guard case .payout(.create(let request)) = command.command else { return 0 }
        let currency = request.amount.currency.code
        return found.available[RowKey(merchant: command.merchantID.rawValue, id: currency)] ?? 0
    }

    /// What can be paid out to merchants.
    private static func available(_ merchants: [String]) -> Query {
        """
        SELECT account.merchant_id, account.currency::text, -balance_minor
        FROM account JOIN account_balance ON account_balance.account_id = account.id
        WHERE account.merchant_id = ANY (\(merchants)::text[]) AND account.code = 2011
        """
    }

    /// What merchants are owed, pending and available together.
    private static func balances(_ merchants: [String]) -> Query {
        """
        SELECT account.merchant_id, account.currency::text, -sum(balance_minor)::bigint
        FROM account JOIN account_balance ON account_balance.account_id = account.id
        WHERE account.merchant_id = ANY (\(merchants)::text[]) AND account.code IN (2010, 2011)
        GROUP BY account.merchant_id, account.currency
        """
    }

    private static func documents(_ table: StaticString, _ keys: [RowKey]) -> Query {
        """
        SELECT merchant_id, id, document
        FROM \(raw: table)
        JOIN unnest(\(keys.map(\.merchant))::text[], \(keys.map(\.id))::text[])
            AS wanted (merchant_id, id) USING (merchant_id, id)
        """
    }

    private static func read<Value: DocumentConvertible>(
        _ rows: Rows,
        as type: Value.Type
    ) throws -> [RowKey: Value] {
        var values: [RowKey: Value] = [:]
        for row in rows {
            let (merchant, id, document) = try row.decode((String, String, [UInt8]).self)
            values[RowKey(merchant: merchant, id: id)] =
                try Value(document: try JSON(parsing: document))
        }
        return values
    }
}
