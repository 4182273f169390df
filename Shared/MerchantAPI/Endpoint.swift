/// What can be asked of the API; each has one row in ``Endpoint/all``.
public enum Operation: String, Sendable, CaseIterable {
    case createDemoMerchant = "create_demo_merchant"
    case createPaymentIntent = "create_payment_intent"
    case listPaymentIntents = "list_payment_intents"
    case retrievePaymentIntent = "retrieve_payment_intent"
    case updatePaymentIntent = "update_payment_intent"
    case confirmPaymentIntent = "confirm_payment_intent"
    case capturePaymentIntent = "capture_payment_intent"
    case cancelPaymentIntent = "cancel_payment_intent"
    case listCharges = "list_charges"
    case retrieveCharge = "retrieve_charge"
    case listRefundsOfCharge = "list_refunds_of_charge"
    case createRefund = "create_refund"
    case listRefunds = "list_refunds"
    case retrieveRefund = "retrieve_refund"
    case updateRefund = "update_refund"
    case cancelRefund = "cancel_refund"
    case expireRefund = "expire_refund"
    case createPaymentMethod = "create_payment_method"
    case retrievePaymentMethod = "retrieve_payment_method"
    case createToken = "create_token"
    case retrieveToken = "retrieve_token"
    case retrieveBalance = "retrieve_balance"
    case listBalanceTransactions = "list_balance_transactions"
    case retrieveBalanceTransaction = "retrieve_balance_transaction"
    case listEvents = "list_events"
    case retrieveEvent = "retrieve_event"
    case listJournals = "list_ledger_journals"
    case retrieveJournal = "retrieve_ledger_journal"
    case retrieveJournalProof = "retrieve_ledger_journal_proof"
    case listAccounts = "list_ledger_accounts"
    case retrieveAccountBalance = "retrieve_ledger_account_balance"
    case listVersions = "list_versions"
    case createWebhookEndpoint = "create_webhook_endpoint"
    case listWebhookEndpoints = "list_webhook_endpoints"
    case retrieveWebhookEndpoint = "retrieve_webhook_endpoint"
    case updateWebhookEndpoint = "update_webhook_endpoint"
    case deleteWebhookEndpoint = "delete_webhook_endpoint"
    case rotateWebhookSecret = "rotate_webhook_secret"
    case replayWebhooks = "replay_webhooks"
    case listWebhookDeliveries = "list_webhook_deliveries"
    case retrieveWebhookDelivery = "retrieve_webhook_delivery"
    case retryWebhookDelivery = "retry_webhook_delivery"
    case listSettlements = "list_settlements"
    case retrieveSettlement = "retrieve_settlement"
    case listSettlementItems = "list_settlement_items"
    case createPayout = "create_payout"
    case listPayouts = "list_payouts"
    case retrievePayout = "retrieve_payout"
    case updatePayout = "update_payout"
    case cancelPayout = "cancel_payout"
    case reversePayout = "reverse_payout"
    case listPayoutTransactions = "list_payout_transactions"
    case retrieveBalanceSettings = "retrieve_balance_settings"
    case updateBalanceSettings = "update_balance_settings"
    case advanceTestClock = "advance_test_clock"
    case listDisputes = "list_disputes"
    case retrieveDispute = "retrieve_dispute"
    case updateDispute = "update_dispute"
    case closeDispute = "close_dispute"
    case listEarlyFraudWarnings = "list_early_fraud_warnings"
    case retrieveEarlyFraudWarning = "retrieve_early_fraud_warning"
}

/// The methods that the API uses.
public enum EndpointMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
}

/// Who may ask.
public enum EndpointAccess: Sendable, Equatable {
    /// Anybody, without a key.
    case open
    /// A secret key only.
    case secretKey
    /// A publishable key too.
    case anyKey
    /// A publishable key too, when the request brings the payment's client secret.
    case clientSecret
}

/// One method of one path: what it takes, what it gives, who may ask.
///
/// The gateway's routes, validation and the API's description are all made from this table, so they
/// cannot disagree.
public struct Endpoint: Sendable, Equatable {
    /// What it does.
    public let operation: Operation
    /// Its method.
    public let method: EndpointMethod
    /// Its path, with variables in braces: `/v1/payment_intents/{intent}`.
    public let path: String
    /// Who may ask.
    public let access: EndpointAccess
    /// The kind of object that it gives, or lists.
    public let resource: ResourceKind
    /// Whether it gives a page of objects.
    public let isList: Bool
    /// What it does, in a sentence.
    public let summary: String
    /// What it takes, in the query of a GET or the form of a POST.
    public let parameters: [Parameter]

    /// The row of an operation.
    public static func of(_ operation: Operation) -> Endpoint {
        guard let row = all.first(where: { $0.operation == operation }) else {
            preconditionFailure("every operation has a row in the table")
        }
        return row
    }

    /// The whole table.
    public static let all: [Endpoint] =
        payments + charges + cards + disputes + money + settlements + payouts + history + webhooks

    static func get(
        _ path: String,
        _ operation: Operation,
        _ resource: ResourceKind,
        _ summary: String,
        access: EndpointAccess = .secretKey,
        _ parameters: [Parameter] = []
    ) -> Endpoint {
        Endpoint(
            operation: operation,
            method: .get,
            path: path,
            access: access,
            resource: resource,
            isList: false,
            summary: summary,
            parameters: parameters + [.expand]
        )
    }

    static func list(
        _ path: String,
        _ operation: Operation,
        _ resource: ResourceKind,
        _ summary: String,
        access: EndpointAccess = .secretKey,
        _ parameters: [Parameter] = []
    ) -> Endpoint {
        Endpoint(
            operation: operation,
            method: .get,
            path: path,
            access: access,
            resource: resource,
            isList: true,
            summary: summary,
            parameters: parameters + Parameter.page + [.expand]
        )
    }

    static func post(
        _ path: String,
        _ operation: Operation,
        _ resource: ResourceKind,
        _ summary: String,
        access: EndpointAccess = .secretKey,
        _ parameters: [Parameter] = []
    ) -> Endpoint {
        Endpoint(
            operation: operation,
            method: .post,
            path: path,
            access: access,
            resource: resource,
            isList: false,
            summary: summary,
            parameters: parameters + [.expand]
        )
    }

    static func delete(
        _ path: String,
        _ operation: Operation,
        _ resource: ResourceKind,
        _ summary: String
    ) -> Endpoint {
        Endpoint(
            operation: operation,
            method: .delete,
            path: path,
            access: .secretKey,
            resource: resource,
            isList: false,
            summary: summary,
            parameters: []
        )
    }
}
