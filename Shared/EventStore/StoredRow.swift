import JSON
import Money
public import Payments
public import Postgres

/// An event's place in commit order.
///
/// Transaction ids begin again when a backup is restored into a new cluster; the epoch rises then,
/// so that the order holds over it.
public struct FeedPosition: Sendable, Hashable, Comparable {
    /// Which life of the store the event was written in.
    public let epoch: Int32
    /// The transaction that wrote it.
    public let transaction: UInt64
    /// Its place among the events of its transaction.
    public let position: Int64

    /// Names a place.
    public init(epoch: Int32, transaction: UInt64, position: Int64) {
        self.epoch = epoch
        self.transaction = transaction
        self.position = position
    }

    /// Before the first event.
    public static let beginning = FeedPosition(epoch: 0, transaction: 0, position: 0)

    /// Orders by epoch, transaction, position.
    public static func < (left: FeedPosition, right: FeedPosition) -> Bool {
        (left.epoch, left.transaction, left.position)
            < (right.epoch, right.transaction, right.position)
    }
}

/// An event as the store has it.
public struct EventRow: Sendable, Equatable {
    /// Its place in commit order.
    public let place: FeedPosition
    /// Whose stream it is in.
    public let merchantID: MerchantID
    /// The fact at its place in the stream.
    public let recorded: RecordedEvent
    /// What caused it.
    public let cause: EventCause

    /// The stream with its merchant.
    public var key: StreamKey { StreamKey(merchantID: merchantID, stream: recorded.stream) }
}

/// A stored event cannot be read by this version of the product.
public struct EventStoreError: Error, Sendable, Equatable {
    /// Where the event is.
    public let place: FeedPosition
    /// What is wrong with it; names and types, never values.
    public let reason: String

    /// Whether trying again can help: it cannot, a newer version of the product can.
    public var isRetryable: Bool { false }
}

extension EventRow {
    /// Reads a row of the columns epoch, tx, position, merchant_id, stream, version, type,
    /// type_version, data, command_id, request_id, idempotency_key, effective_at.
    public init(_ row: Row, catalog: EventCatalog = .current) throws {
        let (
            epoch, transaction, position, merchant, streamName, version, type, typeVersion, data,
            commandID, requestID, idempotencyKey, effectiveAt
        ) = try row.decode(
            (
                Int32, UInt64, Int64, String, String, Int32, String, Int16, [UInt8],
                Int64, String, String?, PostgresTimestamp
            ).self
        )
        place = FeedPosition(epoch: epoch, transaction: transaction, position: position)
        guard let merchantID = MerchantID(rawValue: merchant),
            let stream = StreamID(rawValue: streamName)
        else { throw EventStoreError(place: place, reason: "an identifier is malformed") }
        self.merchantID = merchantID
        do {
            let stored = StoredEvent(
                type: type,
                typeVersion: typeVersion,
                data: try JSON(parsing: data)
            )
            recorded = RecordedEvent(
                stream: stream,
                version: version,
                event: try catalog.load(stored),
                recordedAt: Timestamp(
                    microsecondsSinceEpoch: effectiveAt.microsecondsSinceEpoch
                )
            )
        } catch {
            throw EventStoreError(place: place, reason: "\(error)")
        }
        cause = EventCause(
            commandID: commandID,
            requestID: requestID,
            idempotencyKey: idempotencyKey
        )
    }
}
