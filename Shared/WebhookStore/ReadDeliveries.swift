public import Money
import Payments
import Postgres
public import Projections

/// A delivery as the log shows it.
public struct LoggedDelivery: Sendable, Equatable {
    /// The delivery.
    public let id: String
    /// Where it goes.
    public let endpointID: String
    /// The event.
    public let eventID: String
    /// The event's type.
    public let eventType: String
    /// When the event happened.
    public let eventAt: Timestamp
    /// `pending`, `succeeded`, `failed`, `held` or `canceled`.
    public let status: String
    /// How many attempts were begun.
    public let attempts: Int32
    /// When the next attempt is due.
    public let dueAt: Timestamp?
    /// When it was planned.
    public let createdAt: Timestamp
    /// When it came to an end.
    public let finishedAt: Timestamp?
    /// The status of the last answer.
    public let responseStatus: Int16?
}

/// An attempt as the log shows it.
public struct LoggedAttempt: Sendable, Equatable {
    /// Which attempt, from 1.
    public let number: Int32
    /// When it began.
    public let startedAt: Timestamp
    /// How it ended, in a word.
    public let outcome: String
    /// Where it went.
    public let url: String?
    /// Headers as pairs, in JSON.
    public let requestHeaders: [UInt8]?
    /// The names of the keys that signed it.
    public let keyIDs: [String]
    /// The address that was connected to.
    public let peerAddress: String?
    /// The phases.
    public let timings: AttemptRecord.Timings
    /// The status that came.
    public let responseStatus: Int16?
    /// Headers as pairs, in JSON.
    public let responseHeaders: [UInt8]?
    /// The beginning of the body that came.
    public let responseBody: [UInt8]?
    /// Whether there was more of it.
    public let isBodyCut: Bool
    /// When the next attempt was planned.
    public let nextAttemptAt: Timestamp?
}

/// Which deliveries a list is limited to.
public struct DeliveryFilter: Sendable, Equatable {
    /// Only those to this endpoint.
    public var endpointID: String?
    /// Only those of this event.
    public var eventID: String?
    /// Only those of this type, or `charge.*`.
    public var eventType: String?
    /// Only those with this status.
    public var status: String?

    /// No limit.
    public init() {}

    /// The pattern of `LIKE`, in which an underscore is a plain character.
    var typePattern: String {
        eventType.map { $0.replacing("_", with: "\\_").replacing("*", with: "%") } ?? "%"
    }
}

private let deliveryColumns: StaticString = """
    SELECT delivery.id, delivery.endpoint_id, delivery.event_id, delivery.event_type,
        delivery.event_at, delivery.status, delivery.attempts, delivery.due_at,
        delivery.created_at, delivery.finished_at, (
            SELECT attempt.response_status FROM webhook_attempt attempt
            WHERE attempt.merchant_id = delivery.merchant_id
                AND attempt.delivery_id = delivery.id
            ORDER BY attempt.number DESC LIMIT 1
        )
    FROM webhook_delivery delivery
    """

/// The delivery log of one merchant.
extension MerchantReader {
    /// A page of deliveries, newest first.
    public func webhookDeliveries(
        _ page: PageRequest,
        filter: DeliveryFilter
    ) async throws -> Page<LoggedDelivery> {
        var bound: LoggedDelivery?
        if let cursor = page.cursor {
            bound = try await webhookDelivery(cursor)
            guard bound != nil else { throw CursorNotFound(cursor: cursor) }
        }
        let created = page.createdBounds
        // Without a cursor the page begins beyond everything, in the direction of reading.
        let boundAt =
            bound.map { PostgresTimestamp($0.createdAt) }
            ?? (page.isBackwards ? created.from : created.before)
        let boundID = bound?.id ?? ""
        let order: StaticString = page.isBackwards ? "ASC" : "DESC"
        let direction: StaticString = page.isBackwards ? ">" : "<"
        let rows = try await read([
            """
            \(raw: deliveryColumns)
            WHERE delivery.merchant_id = \(merchantID.rawValue)
                AND delivery.created_at >= \(created.from)
                AND delivery.created_at < \(created.before)
                AND (delivery.created_at, delivery.id) \(raw: direction) (\(boundAt), \(boundID))
                AND \(filter.endpointID ?? "") IN ('', delivery.endpoint_id)
                AND \(filter.eventID ?? "") IN ('', delivery.event_id)
                AND delivery.event_type LIKE \(filter.typePattern)
                AND \(filter.status ?? "") IN ('', delivery.status)
            ORDER BY delivery.created_at \(raw: order), delivery.id \(raw: order)
            LIMIT \(Int64(page.limit + 1))
            """
        ])
        let items = try rows.first?.map { try Self.delivery($0) } ?? []
        return Page(read: items, page)
    }

    /// One delivery, if this merchant has it.
    public func webhookDelivery(_ id: String) async throws -> LoggedDelivery? {
        let rows = try await read([
            """
            \(raw: deliveryColumns)
            WHERE delivery.merchant_id = \(merchantID.rawValue) AND delivery.id = \(id)
            """
        ])
        return try rows.first?.first.map { try Self.delivery($0) }
    }

    /// The body that every attempt of a delivery sends.
    public func webhookBody(ofDelivery id: String) async throws -> [UInt8]? {
        let rows = try await read([
            """
            SELECT message.body
            FROM webhook_delivery delivery
            JOIN webhook_message message USING (merchant_id, event_id, api_version)
            WHERE delivery.merchant_id = \(merchantID.rawValue) AND delivery.id = \(id)
            """
        ])
        return try rows.first?.first?.decode([UInt8].self, at: 0)
    }

    /// The attempts of a delivery, oldest first.
    public func webhookAttempts(ofDelivery id: String) async throws -> [LoggedAttempt] {
        let rows = try await read([
            """
            SELECT number, started_at, outcome, url, request_headers, key_ids, peer_address,
                resolve_microseconds, connect_microseconds, secure_microseconds,
                first_byte_microseconds, total_microseconds, response_status, response_headers,
                response_body, is_body_cut, next_attempt_at
            FROM webhook_attempt
            WHERE merchant_id = \(merchantID.rawValue) AND delivery_id = \(id)
            ORDER BY number
            """
        ])
        return try rows.first?.map { try Self.attempt($0) } ?? []
    }

    private static func attempt(_ row: Row) throws -> LoggedAttempt {
        var timings = AttemptRecord.Timings()
        timings.resolve = try row.decode(Int64?.self, at: 7)
        timings.connect = try row.decode(Int64?.self, at: 8)
        timings.secure = try row.decode(Int64?.self, at: 9)
        timings.firstByte = try row.decode(Int64?.self, at: 10)
        timings.total = try row.decode(Int64?.self, at: 11)
        return LoggedAttempt(
            number: try row.decode(Int32.self, at: 0),
            startedAt: try row.decode(PostgresTimestamp.self, at: 1).timestamp,
            outcome: try row.decode(String.self, at: 2),
            url: try row.decode(String?.self, at: 3),
            requestHeaders: try row.decode([UInt8]?.self, at: 4),
            keyIDs: try row.decode([String].self, at: 5),
            peerAddress: try row.decode(String?.self, at: 6),
            timings: timings,
            responseStatus: try row.decode(Int16?.self, at: 12),
            responseHeaders: try row.decode([UInt8]?.self, at: 13),
            responseBody: try row.decode([UInt8]?.self, at: 14),
            isBodyCut: try row.decode(Bool.self, at: 15),
            nextAttemptAt: try row.decode(PostgresTimestamp?.self, at: 16)?.timestamp
        )
    }

    private static func delivery(_ row: Row) throws -> LoggedDelivery {
        LoggedDelivery(
            id: try row.decode(String.self, at: 0),
            endpointID: try row.decode(String.self, at: 1),
            eventID: try row.decode(String.self, at: 2),
            eventType: try row.decode(String.self, at: 3),
            eventAt: try row.decode(PostgresTimestamp.self, at: 4).timestamp,
            status: try row.decode(String.self, at: 5),
            attempts: try row.decode(Int32.self, at: 6),
            dueAt: try row.decode(PostgresTimestamp?.self, at: 7)?.timestamp,
            createdAt: try row.decode(PostgresTimestamp.self, at: 8).timestamp,
            finishedAt: try row.decode(PostgresTimestamp?.self, at: 9)?.timestamp,
            responseStatus: try row.decode(Int16?.self, at: 10)
        )
    }
}
