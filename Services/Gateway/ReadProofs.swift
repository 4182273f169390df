import LedgerStore
import MerchantAPI
import Payments

/// Proofs that journals were sealed.
extension MerchantAPIHandlers {
    /// A journal that is not sealed yet has no proof; it will within some minutes.
    func retrieveJournalProof(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        guard let id = JournalID(rawValue: text),
            let proof = try await reader(for: call).proof(of: id)
        else { throw APIError.noSuch("ledger.proof", text, parameter: "id") }
        let view = JournalProofView(
            journalID: proof.journalID,
            sealID: proof.sealID,
            sealedAt: proof.sealedAt,
            leaf: proof.leaf,
            leafIndex: proof.leafIndex,
            leafCount: proof.leafCount,
            path: proof.path,
            root: proof.root,
            previousChain: proof.previousChain,
            chain: proof.chain
        )
        return APIAnswer(JSONBody(call.renderer.journalProof(view)))
    }
}
