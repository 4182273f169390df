import CardNetwork
import CommandQueue
import Logging
import Money
import Payments
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Orchestrator

@Suite("The network's notices", .timeLimit(.minutes(2)))
struct NoticeTests {
    /// A door that tells what it is given, each page as the test wants it.
    private final class Door: NoticeSource {
        private let log = Mutex<[NetworkNotice]>([])
        let spoil: @Sendable ([NetworkNotice], [NetworkNotice]) -> [NetworkNotice]

        init(
            spoil: @escaping @Sendable ([NetworkNotice], [NetworkNotice]) -> [NetworkNotice] = {
                page,
                _ in page
            }
        ) {
            self.spoil = spoil
        }

        func tell(_ notices: [NetworkNotice]) { log.withLock { $0 += notices } }

        func notices(
            after place: Int64,
            limit: Int
        ) async throws(NoticesUnavailable) -> [NetworkNotice] {
            let all = log.withLock { $0 }
            return spoil(Array(all.dropFirst(Int(place)).prefix(limit)), all)
        }

        func answer(_ response: DisputeResponse, timeout: Duration) async -> NetworkOutcome {
            .acknowledged
        }
    }

    private static func notice(
        _ sequence: Int64,
        _ kind: NetworkNoticeKind,
        about command: Int64,
        amount: Money = Sample.rupees(1_000),
        acceptor: String = String(Sample.merchantID.rawValue.suffix(15))
    ) -> NetworkNotice {
        let reference = NetworkReference(commandID: 1_000_000 + sequence)
        return NetworkNotice(
            sequence: sequence,
            kind: kind,
            reference: reference,
            traceNumber: Int32(sequence),
            original: NetworkReference(commandID: command),
            networkCase: reference,
            acceptor: acceptor,
            amount: amount,
            reason: .fraudulent,
            reasonCode: "10.4",
            responseDays: 20
        )
    }

    private func poller(_ lab: Lab, _ door: Door) throws -> NoticePoller {
        NoticePoller(
            source: door,
            inbox: NoticeInbox(try lab.database.pool(role: "orchestrator")),
            clock: { Lab.systemTime() },
            wake: {},
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("A page is put in order, what is known is left out, and nothing is skipped")
    func pages() throws {
        let all = (1...5).map { Self.notice($0, .inquired, about: 1) }
        func following(_ cursor: Int64, _ page: [NetworkNotice]) throws -> [Int64] {
            try NoticePoller.following(cursor, in: page).map(\.sequence)
        }
        #expect(try following(0, all.reversed()) == [1, 2, 3, 4, 5])
        #expect(try following(2, all + all) == [3, 4, 5])
        #expect(try following(5, all).isEmpty)
        #expect(try following(1, [all[1], all[3]]) == [2])
        #expect(throws: NoticesUnavailable.self) { try following(1, [all[2], all[3]]) }
    }

    @Test("Notices that come twice, late, and to two pollers at once are each recorded once")
    func once() async throws {
        let lab = try await Lab.make()
        let door = Door { page, all in (page + all.prefix(3)).reversed() }
        try await lab.running([try lab.orchestrator()]) {
            var commands: [Int64] = []
            for number in 1...6 {
                let command = try await lab.submit(Sample.pay(number))
                _ = try await lab.reply(to: command)
                commands.append(command)
            }
            door.tell(
                commands.enumerated().map { index, command in
                    Self.notice(Int64(index) + 1, .chargedBack, about: command)
                }
            )
            let pollers = [try poller(lab, door), try poller(lab, door), try poller(lab, door)]
            let counts = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for poller in pollers { tasks.addTask { try await poller.poll() } }
                return try await tasks.reduce(0, +)
            }
            #expect(counts == 6)
            #expect(try await pollers[0].poll() == 0)
            try await lab.untilIdle()
        }
        #expect(try await lab.count("SELECT count(*) FROM dispute") == 6)
        #expect(try await lab.count("SELECT count(*) FROM network_notice") == 6)
        #expect(
            try await lab.count(
                "SELECT count(*) FROM payment WHERE disputed_minor = captured_minor"
            ) == 6
        )
        #expect(
            try await lab.count("SELECT count(*) FROM command WHERE kind = 'record_notice'") == 6
        )
    }

    @Test("A notice about somebody else's payment is kept, and holds up nobody")
    func stranger() async throws {
        let lab = try await Lab.make()
        let door = Door()
        try await lab.running([try lab.orchestrator()]) {
            let command = try await lab.submit(Sample.pay(1))
            _ = try await lab.reply(to: command)
            door.tell([
                Self.notice(1, .chargedBack, about: 987_654_321),
                Self.notice(2, .chargedBack, about: command, acceptor: "somebody else's"),
                Self.notice(3, .chargedBack, about: command),
            ])
            #expect(try await poller(lab, door).poll() == 3)
            try await lab.untilIdle()
        }
        #expect(try await lab.count("SELECT count(*) FROM dispute") == 1)
        #expect(
            try await lab.count(
                "SELECT count(*) FROM network_notice WHERE payment_id IS NULL"
            ) == 2
        )
    }

    @Test("A notice is recorded after its poller and its first orchestrator died")
    func takenOver() async throws {
        let lab = try await Lab.make()
        let door = Door()
        let command = try await lab.running([try lab.orchestrator()]) {
            let command = try await lab.submit(Sample.pay(1))
            _ = try await lab.reply(to: command)
            return command
        }
        door.tell([Self.notice(1, .chargedBack, about: command)])
        // Stored, and nobody is there to record it.
        #expect(try await poller(lab, door).poll() == 1)
        #expect(try await lab.count("SELECT count(*) FROM dispute") == 0)
        try await lab.running([try lab.orchestrator()]) { try await lab.untilIdle() }
        #expect(try await lab.count("SELECT count(*) FROM dispute") == 1)
        #expect(try await poller(lab, door).poll() == 0)
    }
}
