import CardNetwork
import MerchantAPI
import Money
import Payments
import Postgres
import Projections

/// What the API's endpoints do, apart from HTTP: a call comes in, an answer goes out.
struct MerchantAPIHandlers: Sendable {
    /// Reads projections in the gateway's role.
    let database: any PostgresExecutor
    /// Takes commands.
    let desk: any CommandDesk
    /// Takes card numbers.
    let vault: any CardVault
    /// Knows keys.
    let keys: KeyRing
    /// Tells requests with one idempotency key apart.
    let fingerprint: Fingerprint
    /// The time.
    let clock: @Sendable () -> Timestamp
    /// Whether visitors may make themselves test merchants.
    let allowsDemoMerchants: Bool
    /// What webhook endpoints may be, and how their secrets are computed.
    let webhooks: WebhookRules

    /// Does what a call asks.
    func answer(_ call: APICall) async throws -> APIAnswer {
        switch call.endpoint.operation {
        case .createDemoMerchant: try await createDemoMerchant(call)
        case .createPaymentIntent, .updatePaymentIntent, .confirmPaymentIntent,
            .capturePaymentIntent, .cancelPaymentIntent, .createRefund, .updateRefund,
            .cancelRefund, .expireRefund, .updateDispute, .closeDispute,
            .createPaymentMethod, .createToken, .createPayout, .updatePayout, .cancelPayout,
            .updateBalanceSettings, .advanceTestClock:
            try await write(call)
        case .createWebhookEndpoint, .updateWebhookEndpoint, .deleteWebhookEndpoint,
            .rotateWebhookSecret, .replayWebhooks, .retryWebhookDelivery:
            try await writeWebhook(call)
        case .listWebhookEndpoints: try await listWebhookEndpoints(call)
        case .retrieveWebhookEndpoint: try await retrieveWebhookEndpoint(call)
        case .listWebhookDeliveries: try await listWebhookDeliveries(call)
        case .retrieveWebhookDelivery: try await retrieveWebhookDelivery(call)
        case .listDisputes: try await listDisputes(call)
        case .retrieveDispute: try await retrieveDispute(call)
        case .listEarlyFraudWarnings: try await listEarlyFraudWarnings(call)
        case .retrieveEarlyFraudWarning: try await retrieveEarlyFraudWarning(call)
        case .listPaymentIntents: try await listPayments(call)
        case .retrievePaymentIntent: try await retrievePayment(call)
        case .listCharges: try await listCharges(call)
        case .retrieveCharge: try await retrieveCharge(call)
        case .listRefundsOfCharge: try await listRefundsOfCharge(call)
        case .listRefunds: try await listRefunds(call)
        case .retrieveRefund: try await retrieveRefund(call)
        case .retrievePaymentMethod: try await retrievePaymentMethod(call)
        case .retrieveToken: try await retrieveToken(call)
        case .retrieveBalance: try await retrieveBalance(call)
        case .listBalanceTransactions: try await listBalanceTransactions(call)
        case .retrieveBalanceTransaction: try await retrieveBalanceTransaction(call)
        case .listEvents: try await listEvents(call)
        case .retrieveEvent: try await retrieveEvent(call)
        case .listJournals: try await listJournals(call)
        case .retrieveJournal: try await retrieveJournal(call)
        case .retrieveJournalProof: try await retrieveJournalProof(call)
        case .listAccounts: try await listAccounts(call)
        case .retrieveAccountBalance: try await retrieveAccountBalance(call)
        case .listSettlements: try await listSettlements(call)
        case .retrieveSettlement: try await retrieveSettlement(call)
        case .listSettlementItems: try await listSettlementItems(call)
        case .listPayouts: try await listPayouts(call)
        case .retrievePayout: try await retrievePayout(call)
        case .reversePayout: try await reversePayout(call)
        case .listPayoutTransactions: try await listPayoutTransactions(call)
        case .retrieveBalanceSettings: try await retrieveBalanceSettings(call)
        case .listVersions: APIAnswer(JSONBody(versions(call)))
        }
    }

    /// Reads what the caller's merchant may see.
    func reader(for call: APICall) throws(APIError) -> MerchantReader {
        MerchantReader(database, merchantID: try call.merchant().id)
    }
}
