import CPostgres

/// A result that libpq allocated.
///
/// Unchecked because of the pointer: a result is never written after libpq has handed it out, and
/// it is freed when the last reference goes.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }
}

/// The rows that a statement returned, read where libpq keeps them.
public struct Rows: Sendable, RandomAccessCollection {
    private let result: ResultHandle

    init(_ result: ResultHandle) { self.result = result }

    /// The first row's index.
    public var startIndex: Int { 0 }
    /// One past the last row's index.
    public var endIndex: Int { Int(PQntuples(result.pointer)) }
    /// How many columns each row has.
    public var columnCount: Int { Int(PQnfields(result.pointer)) }

    /// How many rows an `INSERT`, `UPDATE`, `DELETE` or `SELECT` touched.
    public var affectedCount: Int {
        PQcmdTuples(result.pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The word that the server gave the statement, such as `COMMIT`.
    var commandTag: String {
        PQcmdStatus(result.pointer).map { String(cString: $0) } ?? ""
    }

    /// A row by its place.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "a row outside the result was asked for")
        return Row(result: result, index: Int32(position))
    }
}

/// One row of a result.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int32

    /// Reads one column, counted from 0.
    public func decode<Value: PostgresValue>(
        _ type: Value.Type,
        at column: Int
    ) throws(PostgresError) -> Value {
        let count = Int(PQnfields(result.pointer))
        guard column >= 0, column < count else {
            throw PostgresError(.typeMismatch, "there is no column \(column), only \(count)")
        }
        defer { withExtendedLifetime(result) {} }
        return try Value.decode(from: cell(Int32(column)))
    }

    /// Reads all columns, in order.
    ///
    /// ```swift
    /// let (id, name) = try row.decode((Int64, String?).self)
    /// ```
    public func decode<each Value: PostgresValue>(
        _ types: (repeat each Value).Type
    ) throws(PostgresError) -> (repeat each Value) {
        var column = 0
        func next<Next: PostgresValue>(_ type: Next.Type) throws(PostgresError) -> Next {
            defer { column += 1 }
            return try decode(type, at: column)
        }
        let values = (repeat try next((each Value).self))
        let count = Int(PQnfields(result.pointer))
        guard column == count else {
            throw PostgresError(.typeMismatch, "\(column) columns were read of \(count)")
        }
        return values
    }

    private func cell(_ column: Int32) -> PostgresCell {
        let pointer = result.pointer
        return PostgresCell(
            bytes: UnsafeRawBufferPointer(
                start: PQgetvalue(pointer, index, column),
                count: Int(PQgetlength(pointer, index, column))
            ),
            type: PostgresType(rawValue: PQftype(pointer, column)),
            isNull: PQgetisnull(pointer, index, column) != 0,
            column: Int(column)
        )
    }
}
