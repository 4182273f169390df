import Postgres

/// Breaks of what is settled.
extension ScratchIndex {
    func settlementBreaks(using numbers: inout SplitMix) -> [Break] {
        places(settled.items, using: &numbers).flatMap { itemBreaks($0) }
            + places(settled.batches, using: &numbers).flatMap { batchBreaks($0) }
    }

    private func itemBreaks(_ item: ScratchSettlement.Index.Item) -> [Break] {
        let batch = Symptom(.settlementDiffers, item.settlement)
        return [
            Break(
                "an item is gone",
                [
                    """
                    DELETE FROM settlement_item
                    WHERE merchant_id = \(item.merchant) AND source_id = \(item.source)
                    """
                ],
                symptoms: [Symptom(.itemDiffers, item.name), batch]
            ),
            Break(
                "an item has another amount",
                [
                    """
                    UPDATE settlement_item SET amount_minor = amount_minor + 1
                    WHERE merchant_id = \(item.merchant) AND source_id = \(item.source)
                    """
                ],
                symptoms: [Symptom(.itemDiffers, item.name), batch]
            ),
            Break(
                "the network took another fee of an item",
                [
                    """
                    UPDATE settlement_item SET interchange_minor = interchange_minor + 1
                    WHERE merchant_id = \(item.merchant) AND source_id = \(item.source)
                    """
                ],
                symptoms: [batch]
            ),
            Break(
                "an item was never captured",
                [
                    """
                    INSERT INTO settlement_item (
                        merchant_id, source_id, payment_id, charge_id, kind, currency, amount_minor,
                        fee_minor, reference, trace_number, sent_at, cutoff_at)
                    SELECT merchant_id, 'x' || source_id, payment_id, charge_id, kind, currency,
                        amount_minor, fee_minor, reference, trace_number, sent_at, cutoff_at
                    FROM settlement_item
                    WHERE merchant_id = \(item.merchant) AND source_id = \(item.source)
                    """,
                    // Its merchant's time has passed every cut-off that it could wait for.
                    "DELETE FROM merchant_clock WHERE merchant_id = \(item.merchant)",
                ],
                symptoms: [Symptom(.itemDiffers, "item x\(item.source)")]
            ),
            Break(
                "no file has shown an item for weeks",
                [
                    """
                    UPDATE settlement_item
                    SET settlement_id = NULL, interchange_minor = NULL, settled_at = NULL,
                        sent_at = sent_at - interval '30 days'
                    WHERE merchant_id = \(item.merchant) AND source_id = \(item.source)
                    """
                ],
                symptoms: [Symptom(.itemPastDeadline, item.name), batch]
            ),
        ]
    }

    private func batchBreaks(_ batch: ScratchSettlement.Index.Batch) -> [Break] {
        let itself = Symptom(.settlementDiffers, batch.id)
        return [
            Break(
                "the network's file is gone",
                [
                    """
                    DELETE FROM clearing_file
                    WHERE merchant_id = \(batch.merchant) AND settlement_id = \(batch.id)
                    """
                ],
                symptoms: [itself]
            ),
            Break(
                "the network's file has another sum",
                [
                    """
                    UPDATE clearing_file SET content = overlay(content
                        placing lpad((substr(content, 19, 16)::bigint + 1)::text, 16, '0') from 19)
                    WHERE merchant_id = \(batch.merchant) AND settlement_id = \(batch.id)
                    """
                ],
                symptoms: [itself, Symptom(.bankDiffers, batch.id)]
            ),
            Break(
                "the network settled what nobody booked",
                [
                    """
                    INSERT INTO clearing_exception (
                        merchant_id, reference, kind, currency, trace_number, amount_minor,
                        interchange_minor, settlement_id, found_at)
                    SELECT merchant_id, 'YYYYYYYYYYYY', 'sale', currency, 1, 700, 7, 'stl_other',
                        '2020-01-01'
                    FROM settlement
                    WHERE merchant_id = \(batch.merchant) AND id = \(batch.id)
                    """
                ],
                symptoms: [Symptom(.lineWithoutItem, "reference YYYYYYYYYYYY")]
            ),
        ]
    }
}
