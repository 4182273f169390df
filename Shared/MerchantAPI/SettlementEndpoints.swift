/// Settlement batches, and the demo merchant's clock that they follow.
extension Endpoint {
    static let settlements: [Endpoint] = [
        .list(
            "/v1/settlements",
            .listSettlements,
            .settlement,
            "Lists settlement batches, newest first: what the network paid for one cut-off.",
            [.created]
        ),
        .get("/v1/settlements/{id}", .retrieveSettlement, .settlement, "Shows a settlement batch."),
        .list(
            "/v1/settlements/{id}/items",
            .listSettlementItems,
            .settlementItem,
            "Lists what the network settled in a batch, one item for each of its lines."
        ),
        .post(
            "/v1/test_helpers/test_clocks/advance",
            .advanceTestClock,
            .testClock,
            "Moves the merchant's own clock forward, and answers when all that was due is done.",
            [
                Parameter("frozen_time", .integer(0...100_000_000_000)),
                Parameter("seconds", .integer(1...100_000_000)),
            ]
        ),
    ]
}
