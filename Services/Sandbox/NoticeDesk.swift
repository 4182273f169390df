import CardNetwork
import Foundation
import JSON
import Money
import Payments
import Synchronization

/// How the log of notices is delivered wrongly; the log itself stays as it is.
struct NoticeFaults: Sendable, Equatable, Codable {
    /// How many pages begin with notices that were delivered before.
    var repeated: Int = 0
    /// How many pages come in the opposite order.
    var reversed: Int = 0
    /// How many answers of merchants are taken and not acknowledged.
    var unacknowledged: Int = 0
}

/// The network's side of disputes: its notices, and merchants' answers.
final class NoticeDesk: Sendable {
    /// The most notices of one page.
    static let maximumPage = 1_000
    /// How many notices a spoiled page repeats.
    private static let repeatedNotices: Int64 = 3

    private let desk: NetworkDesk
    private let state = Mutex(NoticeFaults())

    init(_ desk: NetworkDesk) {
        self.desk = desk
    }

    /// The faults that are on.
    var faults: NoticeFaults { state.withLock { $0 } }

    /// Switches faults.
    func switchFaults(_ faults: NoticeFaults) { state.withLock { $0 = faults } }

    /// A page of notices after a place, oldest first, once all of it is on the disk.
    func page(after: Int64, limit: Int) async -> JSON {
        let (repeats, reverses) = state.withLock { faults in
            let wishes = (faults.repeated > 0, faults.reversed > 0)
            faults.repeated -= wishes.0 ? 1 : 0
            faults.reversed -= wishes.1 ? 1 : 0
            return wishes
        }
        let start = repeats ? max(0, after - Self.repeatedNotices) : after
        let notices = desk.books.notices
        let wanted = notices.indices.dropFirst(Int(clamping: start))
            .prefix(min(limit, Self.maximumPage))
        await desk.untilDurable()
        let page = wanted.compactMap { index in
            Self.notice(notices[index], sequence: Int64(index) + 1)?.document
        }
        return .array(reverses ? page.reversed() : page)
    }

    /// Takes an answer; false when the case takes none (any more), nil when it is to seem lost.
    func answer(_ response: DisputeResponse, acquirer: String) async -> Bool? {
        let wasTaken = await desk.answer(
            response.answer,
            ofInquiry: response.isOfInquiry,
            in: response.networkCase.rawValue,
            as: FamilyKey(acquirer: acquirer, reference: response.reference.rawValue),
            statement: response.evidence["uncategorized_text"]?.asString ?? "",
            transmissionTime: WireTime(response.sentAt).transmissionTime
        )
        let isLost = state.withLock { faults in
            guard faults.unacknowledged > 0 else { return false }
            faults.unacknowledged -= 1
            return true
        }
        return isLost ? nil : wasTaken
    }

    /// A fact as it is told; nil where it is no notice.
    static func notice(_ fact: NetworkFact, sequence: Int64) -> NetworkNotice? {
        guard let kind = NetworkNoticeKind(rawValue: fact.kind.rawValue),
            let reference = NetworkReference(rawValue: fact.family.reference),
            let original = fact.original.flatMap({ NetworkReference(rawValue: $0) }),
            let number = Int(fact.currency),
            let currency = try? Currency(numericCode: number)
        else { return nil }
        let networkCase = fact.networkCase.flatMap { NetworkReference(rawValue: $0) }
        return NetworkNotice(
            sequence: sequence,
            kind: kind,
            reference: reference,
            traceNumber: fact.traceNumber,
            original: original,
            networkCase: networkCase ?? reference,
            acceptor: fact.acceptor,
            amount: Money(minorUnits: fact.amountMinorUnits, currency: currency),
            reason: fact.reason.flatMap { DisputeReason(rawValue: $0) },
            reasonCode: fact.reasonCode ?? "",
            responseDays: fact.responseDays ?? 0
        )
    }
}
