import CardNetwork
import CommandQueue
import Logging
import MerchantAPI
import Money
import Payments
import ServiceKit

/// Pulls what the network tells of its own accord, and has it recorded.
///
/// Pages may repeat notices and be in any order; what is stored is the log without a gap. Several
/// instances may pull at once: a notice is stored once, with its command.
struct NoticePoller: Sendable {
    /// The most notices of one page.
    static let maximumPage = 200
    /// How long between two looks while there is nothing, and at the most after failures.
    private static let pause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(10)

    let source: any NoticeSource
    let inbox: NoticeInbox
    let clock: @Sendable () -> Timestamp
    let wake: @Sendable () -> Void
    let logger: Logger

    /// Pulls until the task is canceled.
    func run() async {
        var pause = Self.pause
        while !Task.isCancelled {
            do {
                _ = try await poll()
                pause = Self.pause
            } catch {
                guard !Task.isCancelled else { return }
                if pause == Self.pause {
                    logger.warning("notices were not pulled", metadata: ["reason": "\(error)"])
                }
                pause = min(pause * 2, Self.longestPause)
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Pulls all that there is, and says how much was new.
    func poll() async throws -> Int {
        var count = 0
        while !Task.isCancelled {
            let cursor = try await inbox.cursor()
            let page = try await source.notices(after: cursor, limit: Self.maximumPage)
            let next = try Self.following(cursor, in: page)
            guard !next.isEmpty else { return count }
            let taken = try await inbox.take(next) { submission($0, $1, $2) }
            if !taken.strangers.isEmpty {
                logger.error(
                    "the network tells of what is not ours",
                    metadata: ["references": "\(taken.strangers)"]
                )
            }
            count += taken.count
            if taken.count > 0 { wake() }
            if next.count < Self.maximumPage { return count }
        }
        return count
    }

    /// The notices of a page that follow a place without a gap, in order.
    static func following(
        _ cursor: Int64,
        in page: [NetworkNotice]
    ) throws(NoticesUnavailable) -> [NetworkNotice] {
        var next: [NetworkNotice] = []
        for notice in page.sorted(by: { $0.sequence < $1.sequence }) {
            let place = cursor + Int64(next.count)
            if notice.sequence <= place { continue }
            guard notice.sequence == place + 1 else {
                // What is missing comes with the next page; nothing is skipped.
                if next.isEmpty {
                    throw NoticesUnavailable("notice \(place + 1) is missing")
                }
                return next
            }
            next.append(notice)
        }
        return next
    }

    private func submission(
        _ notice: NetworkNotice,
        _ merchantID: MerchantID,
        _ paymentID: PaymentID
    ) -> Submission {
        var generator = SecureRandomNumbers()
        let now = clock()
        let request = RecordNotice(
            paymentID: paymentID,
            notice: notice,
            disputeID: .generate(at: now, using: &generator),
            warningID: .generate(at: now, using: &generator)
        )
        return Submission(
            merchantID: merchantID,
            idempotencyKey: "notice:\(notice.sequence)",
            fingerprint: [],
            endpoint: ClaimedWork.internalEndpoint,
            command: .dispute(.record(request)),
            requestID: "notice:\(notice.sequence)",
            apiVersion: APIVersion.current.rawValue
        )
    }
}

/// The card network with both its doors: messages over its own protocol, answers in disputes over
/// HTTPS.
struct NetworkDoors: CardNetworkLink {
    let cards: any CardNetworkLink
    let notices: (any NoticeSource)?

    /// Carries an effect out at its door.
    func send(_ effect: NetworkEffect, timeout: Duration) async -> NetworkOutcome {
        guard case .respond(_, let response) = effect else {
            return await cards.send(effect, timeout: timeout)
        }
        return await notices?.answer(response, timeout: timeout) ?? .notSent
    }
}
