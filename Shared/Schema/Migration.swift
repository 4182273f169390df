import Crypto
public import Foundation

/// One step of the schema: a file that is never edited once it has shipped.
public struct Migration: Sendable, Equatable {
    /// The file's number, from 1 without gaps.
    public let number: Int32
    /// The file's name, `0002_events`.
    public let name: String
    /// What it does.
    public let sql: String

    /// Names a step.
    public init(number: Int32, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// SHA-256 of the file, in hexadecimal.
    public var checksum: String {
        SHA256.hash(data: Data(sql.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The steps that this version of the product knows, in order.
    public static func all() throws(SchemaError) -> [Migration] {
        guard let folder = Bundle.module.url(forResource: "Migrations", withExtension: nil) else {
            throw .filesMissing
        }
        return try load(from: folder)
    }

    /// Reads the steps of a folder; refuses names that are no number and gaps in the numbers.
    public static func load(from folder: URL) throws(SchemaError) -> [Migration] {
        let files: [URL]
        do {
            files = try FileManager.default
                .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "sql" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            throw .filesMissing
        }
        var migrations: [Migration] = []
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            guard let number = Int32(name.prefix(4)), number == Int32(migrations.count) + 1,
                let sql = try? String(contentsOf: file, encoding: .utf8)
            else { throw .fileUnusable(name) }
            migrations.append(Migration(number: number, name: name, sql: sql))
        }
        return migrations
    }
}

/// Says why a schema cannot be used or brought up to date.
public enum SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The migrations that belong to the executable are not beside it.
    case filesMissing
    /// A migration's file has a name or content that cannot be used.
    case fileUnusable(String)
    /// A migration that the database has was changed after it was applied.
    case edited(String)
    /// The database has migrations that this version of the product does not know.
    case newer(String)
    /// The database lacks migrations that this version of the product needs.
    case older(missing: String)
    /// The database lives in another cluster than its events were written in.
    case epochOver

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .filesMissing: "the migrations are not beside the executable; install it whole"
        case .fileUnusable(let name): "migration \(name) cannot be used"
        case .edited(let name):
            "migration \(name) was changed after it was applied; put it back and add a new one"
        case .newer(let name):
            "the database has migration \(name), which this version does not know; run a newer one"
        case .older(let name): "the database lacks migration \(name); run 'control migrate'"
        case .epochOver:
            "the database was restored into a new cluster; run 'control migrate' to begin an epoch"
        }
    }
}
