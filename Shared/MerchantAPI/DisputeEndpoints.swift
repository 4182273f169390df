import Payments

/// Disputes and early fraud warnings.
extension Endpoint {
    static let disputes: [Endpoint] = [
        .list(
            "/v1/disputes",
            .listDisputes,
            .dispute,
            "Lists disputes, newest first.",
            filters
        ),
        .get("/v1/disputes/{dispute}", .retrieveDispute, .dispute, "Shows a dispute."),
        .post(
            "/v1/disputes/{dispute}",
            .updateDispute,
            .dispute,
            "Gives evidence: it is submitted once, or staged with submit=false.",
            [
                Parameter("evidence", .object(evidence)),
                .metadata,
                Parameter("submit", .boolean),
                Parameter("intended_submission_method", .ignored),
            ]
        ),
        .post(
            "/v1/disputes/{dispute}/close",
            .closeDispute,
            .dispute,
            "Gives a dispute up: it is lost, and an inquiry is closed."
        ),
        .list(
            "/v1/radar/early_fraud_warnings",
            .listEarlyFraudWarnings,
            .earlyFraudWarning,
            "Lists early fraud warnings, newest first.",
            filters
        ),
        .get(
            "/v1/radar/early_fraud_warnings/{early_fraud_warning}",
            .retrieveEarlyFraudWarning,
            .earlyFraudWarning,
            "Shows an early fraud warning."
        ),
    ]

    private static let filters: [Parameter] = [
        .created,
        Parameter("charge", .reference(.charge)),
        Parameter("payment_intent", .reference(.paymentIntent)),
    ]

    private static let evidence: [Parameter] =
        DisputeEvidenceFields.texts.map {
            Parameter(
                $0,
                .text(maximumLength: Dispute.maximumEvidenceCharacters),
                unsettable: true
            )
        }
        + DisputeEvidenceFields.files.map {
            Parameter($0, .absentReference(kind: "file"), unsettable: true)
        } + [
            Parameter(
                "enhanced_evidence",
                .unsupported("Evidence is given in its own fields here.")
            )
        ]
}
