import EventStore
import JSON
import MerchantAPI
import Payments
import Projections
import WebhookStore

/// Events, newest first or in commit order, and the versions of the API.
extension MerchantAPIHandlers {
    func retrieveEvent(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        guard let id = APIEventID(rawValue: text),
            let event = try await reader(for: call).event(id)
        else { throw APIError.noSuch("event", text, parameter: "id") }
        let pending = try await reader(for: call).pendingWebhooks(of: [id.rawValue])
        return APIAnswer(JSONBody(try rendered(event, call, pending)))
    }

    func listEvents(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let types = try types(call)
        if call.parameters.has("after") { return try await followEvents(call, types: types) }
        guard types != [] else { return call.list([], hasMore: false) }
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming { try await reader.events(request, types: types) }
        let pending = try await reader.pendingWebhooks(of: page.items.map(\.event.id.rawValue))
        return call.list(
            try page.items.map { try rendered($0, call, pending) },
            hasMore: page.hasMore
        )
    }

    /// The types that are asked for, nil for all; `charge.*` stands for all that begin like it.
    private func types(_ call: APICall) throws(APIError) -> Set<APIEventType>? {
        let single = call.parameters.text("type")
        let several = call.parameters.texts("types")
        if single != nil, call.parameters.has("types") { throw .exclusive("type", "types") }
        let patterns = single.map { [$0] } ?? several
        guard !patterns.isEmpty else { return nil }
        return Set(
            APIEventType.allCases.filter { type in
                patterns.contains { pattern in
                    pattern.hasSuffix("*")
                        ? type.rawValue.hasPrefix(pattern.dropLast()) : type.rawValue == pattern
                }
            }
        )
    }

    /// Oldest first in commit order, from a cursor that never skips an event.
    private func followEvents(
        _ call: APICall,
        types: Set<APIEventType>?
    ) async throws -> APIAnswer {
        guard let start = EventCursor(text: call.parameters.text("after") ?? "") else {
            throw APIError.invalid("This cursor was not given by this API.", parameter: "after")
        }
        let limit = Int(call.parameters.integer("limit") ?? 10)
        let reader = try reader(for: call)
        var found: [ShownEvent] = []
        var cursor = start
        var hasMore = true
        while found.count < limit, hasMore {
            let read = try await reader.events(following: cursor.place, limit: limit)
            hasMore = read.hasMore
            let events = read.events.dropFirst(cursor.skipped)
            for event in events where found.count < limit {
                if types?.contains(event.event.type) ?? true { found.append(event) }
                cursor.pass(event.place, isLastOfFact: Self.isLast(event, in: read.events))
            }
            if found.count < limit || events.last.map({ cursor.isAt($0.place) }) ?? true {
                // All of what was read has been passed, facts without events too.
                cursor = EventCursor(place: read.next)
            } else {
                hasMore = true
            }
        }
        let pending = try await reader.pendingWebhooks(of: found.map(\.event.id.rawValue))
        let data = try found.map { try rendered($0, call, pending) }
        let list = JSON.list(data, hasMore: hasMore, url: call.path)
        return APIAnswer(JSONBody(list.adding("next_cursor", .string(cursor.text))))
    }

    private static func isLast(_ event: ShownEvent, in events: [ShownEvent]) -> Bool {
        events.last { $0.place == event.place }?.event.id == event.event.id
    }

    /// Events are shown in the version that the merchant is pinned to.
    private func rendered(
        _ shown: ShownEvent,
        _ call: APICall,
        _ pending: [String: Int64]
    ) throws(APIError) -> JSON {
        let pinned = APIVersion(rawValue: try call.merchant().apiVersion) ?? .current
        let requestID = shown.cause.requestID
        let isOfMerchant = requestID.hasPrefix("req_")
        let key = shown.cause.idempotencyKey.flatMap { $0 == requestID ? nil : $0 }
        return ResourceRenderer(version: pinned).event(
            EventSource(
                event: shown.event,
                subject: shown.subject,
                before: shown.before,
                recordedAt: shown.recordedAt,
                requestID: isOfMerchant ? requestID : nil,
                idempotencyKey: isOfMerchant ? key : nil,
                pendingWebhooks: pending[shown.event.id.rawValue] ?? 0
            )
        )
    }

    func versions(_ call: APICall) -> JSON {
        .list(ResourceRenderer.versions(), hasMore: false, url: call.path)
    }
}

/// A reader's place in the commit order of API events: behind a fact, and behind so many events of
/// the facts after it.
struct EventCursor: Sendable, Equatable {
    private(set) var place: FeedPosition
    private(set) var skipped: Int

    init(place: FeedPosition, skipped: Int = 0) {
        self.place = place
        self.skipped = skipped
    }

    /// Reads what ``text`` wrote; an empty text is the beginning.
    init?(text: String) {
        guard !text.isEmpty else {
            self.init(place: .beginning)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let epoch = Int32(parts[0]), epoch >= 0,
            let transaction = UInt64(parts[1]), let position = Int64(parts[2]), position >= 0,
            let skipped = Int(parts[3]), (0...26).contains(skipped)
        else { return nil }
        self.init(
            place: FeedPosition(epoch: epoch, transaction: transaction, position: position),
            skipped: skipped
        )
    }

    /// The cursor as readers hold it; they must not read anything into it.
    var text: String { "\(place.epoch).\(place.transaction).\(place.position).\(skipped)" }

    /// Whether the cursor stands behind the whole of a fact.
    func isAt(_ fact: FeedPosition) -> Bool { place == fact && skipped == 0 }

    /// Moves behind one event.
    mutating func pass(_ fact: FeedPosition, isLastOfFact: Bool) {
        if isLastOfFact {
            place = fact
            skipped = 0
        } else {
            skipped += 1
        }
    }
}

extension JSON {
    /// This object with a member behind the others.
    fileprivate func adding(_ key: String, _ value: JSON) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(members + [Member(key: key, value: value)])
    }
}
