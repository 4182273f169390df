public import Payments

/// The card network as the orchestrator meets it: one effect goes out, one outcome comes back.
///
/// ``CardNetworkClient`` is the real one; tests of the orchestrator bring their own.
public protocol CardNetworkLink: Sendable {
    /// Carries an effect out and says what came of it, within the time given.
    ///
    /// The three kinds of outcome must never be confused:
    ///
    /// | outcome | meaning | what is safe |
    /// |---|---|---|
    /// | `notSent` | not one byte left this process | sending it again |
    /// | `unknown` | it was sent, or may have been, and no answer was understood | a reversal or a repeat under the same reference |
    /// | any other | the network answered | believing the answer |
    ///
    /// A canceled task gets its outcome at once, by the same rule. It never throws, because every
    /// failure of the world is one of the first two.
    func send(_ effect: NetworkEffect, timeout: Duration) async -> NetworkOutcome
}
