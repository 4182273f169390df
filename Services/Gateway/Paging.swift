import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// Pages of lists, as the API asks for them.
extension APICall {
    /// Which page is wanted.
    func page() throws(APIError) -> PageRequest {
        let after = parameters.text("starting_after")
        let before = parameters.text("ending_before")
        if after != nil, before != nil {
            throw .exclusive("starting_after", "ending_before")
        }
        let created = parameters.timeFilter()
        let start: PageRequest.Start =
            if let after { .after(after) } else if let before { .before(before) } else { .newest }
        return PageRequest(
            start: start,
            limit: Int(parameters.integer("limit") ?? 10),
            createdFrom: created?.from.map { Timestamp(secondsSinceEpoch: $0) },
            createdBefore: created?.before.map { Timestamp(secondsSinceEpoch: $0) }
        )
    }

    /// The parameter that gave the page's cursor.
    var cursorParameter: String {
        parameters.has("ending_before") ? "ending_before" : "starting_after"
    }

    /// Runs a reading of a page and names the cursor's parameter when it names nothing.
    func naming<Value>(_ read: () async throws -> Value) async throws -> Value {
        do {
            return try await read()
        } catch let error as CursorNotFound {
            throw APIError.noSuch(
                endpoint.resource.rawValue,
                error.cursor,
                parameter: cursorParameter,
                status: 400
            )
        }
    }

    /// The page as the API shows it.
    func list(_ items: [JSON], hasMore: Bool) -> APIAnswer {
        APIAnswer(JSONBody(.list(items, hasMore: hasMore, url: path)))
    }

    /// Cuts a page out of items that are all at hand, newest first.
    func cut<Item>(
        _ items: [Item],
        id: (Item) -> String,
        createdAt: (Item) -> Timestamp
    ) throws(APIError) -> (items: [Item], hasMore: Bool) {
        let page = try page()
        let matching = items.filter { item in
            let time = createdAt(item)
            return (page.createdFrom.map { time >= $0 } ?? true)
                && (page.createdBefore.map { time < $0 } ?? true)
        }
        guard let cursor = page.cursor else {
            return (Array(matching.prefix(page.limit)), matching.count > page.limit)
        }
        guard let index = matching.firstIndex(where: { id($0) == cursor }) else {
            throw .noSuch(
                endpoint.resource.rawValue,
                cursor,
                parameter: cursorParameter,
                status: 400
            )
        }
        if page.isBackwards {
            let newer = matching[..<index]
            return (Array(newer.suffix(page.limit)), newer.count > page.limit)
        }
        let older = matching[(index + 1)...]
        return (Array(older.prefix(page.limit)), older.count > page.limit)
    }
}
