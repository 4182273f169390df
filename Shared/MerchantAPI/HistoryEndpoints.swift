/// Balances, events, the books and the API itself.
extension Endpoint {
    static let money: [Endpoint] = [
        .get("/v1/balance", .retrieveBalance, .balance, "Shows what the merchant is owed."),
        .list(
            "/v1/balance_transactions",
            .listBalanceTransactions,
            .balanceTransaction,
            "Lists what changed the balance, newest first.",
            [
                .created,
                Parameter("currency", .currency),
                Parameter("source", .text(maximumLength: 255)),
                Parameter("type", .text(maximumLength: 64)),
                Parameter("payout", .reference(.payout)),
            ]
        ),
        .get(
            "/v1/balance_transactions/{id}",
            .retrieveBalanceTransaction,
            .balanceTransaction,
            "Shows one change of the balance."
        ),
    ]

    static let history: [Endpoint] = [
        .list(
            "/v1/events",
            .listEvents,
            .event,
            "Lists events: newest first, or with after= oldest first in commit order.",
            [
                .created,
                Parameter("after", .text(maximumLength: 255), unsettable: true),
                Parameter("type", .text(maximumLength: 64)),
                Parameter("types", .list(.text(maximumLength: 64), maximumCount: 20)),
                Parameter("delivery_success", .ignored),
            ]
        ),
        .get("/v1/events/{id}", .retrieveEvent, .event, "Shows an event."),
        .list(
            "/v1/ledger/journals",
            .listJournals,
            .ledgerJournal,
            "Lists journals, newest first: each a movement of money whose debits equal its credits.",
            [
                .created,
                Parameter("payment_intent", .reference(.paymentIntent)),
                Parameter("charge", .reference(.charge)),
                Parameter("refund", .reference(.refund)),
                Parameter("account", .text(maximumLength: 255)),
                Parameter("payout", .reference(.payout)),
                Parameter("dispute", .reference(.dispute)),
            ]
        ),
        .get(
            "/v1/ledger/journals/{id}",
            .retrieveJournal,
            .ledgerJournal,
            "Shows a journal with its entries."
        ),
        .get(
            "/v1/ledger/journals/{id}/proof",
            .retrieveJournalProof,
            .ledgerProof,
            "Shows that a journal was sealed: its place in a Merkle tree whose roots chain."
        ),
        .list(
            "/v1/ledger/accounts",
            .listAccounts,
            .ledgerAccount,
            "Lists the merchant's accounts, with their balances."
        ),
        .get(
            "/v1/ledger/accounts/{id}/balance",
            .retrieveAccountBalance,
            .ledgerBalance,
            "Shows an account's balance, now or at a moment.",
            [Parameter("at", .integer(0...100_000_000_000))]
        ),
        .list(
            "/v1/versions",
            .listVersions,
            .apiVersion,
            "Lists the versions of the API and what differs between them.",
            access: .open
        ),
    ]
}
