import BankMessages
import Calendar
import Foundation
import Hummingbird
import JSON
import Money
import NIOCore

/// The tester's door to the bank, part of ``ControlServer``.
///
/// | request | does |
/// |---|---|
/// | `GET /bank/summary` | what each end-to-end id moved, and the balances, see ``BankSummary`` |
/// | `GET /bank/log[?after=…&limit=…]` | lines of the bank's log, oldest first |
/// | `PUT /bank/faults` with ``BankFaults`` | what is to go wrong next |
/// | `POST /bank/pay-ins` with `reference`, `amount`, `currency`, `day` | pays into the account, or with an amount below zero collects from it |
/// | `POST /bank/statements` | ends the day: a statement of each currency that moved |
struct BankControl {
    private static let maximumRequestBytes = 1 << 16

    let desk: BankDesk

    /// Adds the routes.
    func add(to router: Router<BasicRequestContext>) {
        let desk = desk
        router.get("bank/summary") { _, _ in
            ControlServer.answer(Data(BankSummary(books: desk.books).document.serialized()))
        }
        router.get("bank/log") { request, _ in
            ControlServer.answer(try ControlServer.lines(of: desk.logFile, request))
        }
        router.put("bank/faults") { request, _ in
            let body = try await request.body.collect(upTo: Self.maximumRequestBytes)
            do {
                let bytes = Data(body.readableBytesView)
                desk.switchFaults(try JSONDecoder().decode(BankFaults.self, from: bytes))
            } catch let error as DecodingError {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            return ControlServer.answer(try JSONEncoder().encode(desk.faults))
        }
        router.post("bank/pay-ins") { request, _ in
            let body = try await request.body.collect(upTo: Self.maximumRequestBytes)
            do {
                let document = try JSON(parsing: body.readableBytesView)
                guard let day = CalendarDate(try document.string("day")) else {
                    throw BankRefusal(description: "day is none")
                }
                let amount = Money(
                    minorUnits: try document.integer("amount"),
                    currency: try Currency(document.string("currency"))
                )
                let reference = try document.string("reference")
                try await desk.book(amount, reference: reference, day: day)
            } catch let error as any CustomStringConvertible & Error {
                throw HTTPError(.badRequest, message: error.description)
            }
            return Response(status: .noContent)
        }
        router.post("bank/statements") { _, _ in
            try await desk.closeDay()
            return Response(status: .noContent)
        }
    }
}

/// What the bank itself says was moved, for those who compare books with it.
struct BankSummary {
    let books: BankBooks

    /// Balances by currency, and a row for each end-to-end id, in order; amounts in minor units.
    var document: JSON {
        var rows: [String: Row] = [:]
        for entry in books.purses.values.flatMap(\.entries) {
            guard let id = entry.endToEndID else { continue }
            var row = rows[id, default: Row()]
            switch (entry.direction, entry.returnReason) {
            case (.debit, _): row.paidOut += entry.amount.minorUnits
            case (.credit, nil): row.paidIn += entry.amount.minorUnits
            case (.credit, _): row.returned += entry.amount.minorUnits
            }
            row.movements += 1
            rows[id] = row
        }
        let balances = books.purses.sorted { $0.key < $1.key }.map { currency, purse in
            JSON.Member(key: currency.code, value: .integer(purse.balanceMinorUnits))
        }
        return [
            "facts": .integer(Int64(books.facts.count)),
            "balances": .object(balances),
            "transfers": .array(rows.sorted { $0.key < $1.key }.map { $0.value.document($0.key) }),
        ]
    }

    private struct Row {
        var paidOut: Int64 = 0
        var paidIn: Int64 = 0
        var returned: Int64 = 0
        var movements: Int64 = 0

        func document(_ id: String) -> JSON {
            [
                "end_to_end_id": .string(id),
                "paid_out": .integer(paidOut),
                "paid_in": .integer(paidIn),
                "returned": .integer(returned),
                "movements": .integer(movements),
            ]
        }
    }
}
