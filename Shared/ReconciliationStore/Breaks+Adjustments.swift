import Postgres

/// Breaks of what people agreed on.
extension ScratchIndex {
    func adjustmentBreaks() -> [Break] {
        guard let pair = adjusted.pairs.first else { return [] }
        return [
            Break(
                "money in suspense is explained by nothing",
                ["UPDATE adjustment SET clears = NULL WHERE id = \(pair.clearing)"],
                symptoms: [
                    Symptom(.suspenseOpen, pair.booking), Symptom(.suspenseOpen, pair.clearing),
                ]
            ),
            Break(
                "nobody agreed on the entry that explains what the bank told",
                [
                    """
                    UPDATE adjustment SET discrepancy_id = (
                        SELECT discrepancy_id FROM adjustment WHERE id = \(pair.clearing))
                    WHERE id = \(pair.booking)
                    """
                ],
                symptoms: [Symptom(.bankException, pair.exception)]
            ),
        ]
    }
}
