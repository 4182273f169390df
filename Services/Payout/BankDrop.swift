import Foundation
import Glibc
import Logging
import NIOPosix
import PayoutStore
import Synchronization

/// Brings files to the bank and takes the bank's through a pair of folders, as a drop by SFTP has them.
///
/// | folder | what is there |
/// |---|---|
/// | `in` | our files, each under its name once it is whole and on the disk |
/// | `in/refused` | those that the bank did not take, with its reason beside each |
/// | `out` | the bank's files, `000000000012-NAME.xml`, heard in the order of these names |
/// | `out/taken` | those that were heard |
/// | `out/refused` | those that cannot be read, with the reason beside each |
///
/// A file of the bank's moves away only after what it says is stored; so it is heard at least once, and
/// by its name only once. A file that does not end as a document does is taken to be still on its way
/// until it has not grown for ``patience``; then it is what it is, and refused if it cannot be read.
final class BankDrop: BankTransport {
    private struct Look {
        let place: FolderPlace
        let since: Duration
    }

    private static let maximumFileBytes = 64 << 20
    private static let maximumReasonBytes = 1_000
    private static let filesOfPage = 100

    private let folder: String
    private let patience: Duration
    /// Time that passes, from any beginning.
    private let elapsed: @Sendable () -> Duration
    private let logger: Logger
    private let looks = Mutex<[String: Look]>([:])

    /// Names the folder that has `in` and `out`.
    ///
    /// Both must be there: where the bank's folders are not mounted, files must not go anywhere else.
    init(
        folder: String,
        patience: Duration,
        elapsed: @escaping @Sendable () -> Duration,
        logger: Logger
    ) {
        self.folder = folder
        self.patience = patience
        self.elapsed = elapsed
        self.logger = logger
    }

    func bring(_ file: OutgoingFile) async throws(BankUnavailable) -> String? {
        try await onThread { try self.put(file) }
    }

    func offered(after sequence: Int64) async throws(BankUnavailable) -> [OfferedFile] {
        try await onThread { try self.list() }
    }

    func fetch(_ file: OfferedFile) async throws(BankUnavailable) -> FetchedFile {
        try await onThread { try self.read(file) }
    }

    func heard(_ file: OfferedFile, refusal: String?) async throws(BankUnavailable) {
        try await onThread { try self.clear(file, refusal) }
    }

    func shutdown() async throws {}

    /// Runs what may block away from the tasks: a folder of the network may not answer for minutes.
    private func onThread<Output: Sendable>(
        _ body: @escaping @Sendable () throws -> Output
    ) async throws(BankUnavailable) -> Output {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch let error as BankUnavailable {
            throw error
        } catch {
            throw BankUnavailable(description: "the bank's folders: \(error)")
        }
    }

    // MARK: - To the bank

    private func put(_ file: OutgoingFile) throws -> String? {
        let name = "\(file.id).pain.001.xml"
        let inbox = "\(folder)/in"
        let content = Array(file.content.utf8)
        if let reason = try refusal(of: name) {
            let refused = try FolderPlace("\(inbox)/refused/\(name)")?.read()
            if refused == content { return reason }
            logger.warning(
                "the bank refused a damaged copy of a file, which it gets again",
                metadata: ["file": "\(file.id)", "reason": "\(reason)"]
            )
        }
        try removeParts(of: name, in: inbox)
        // Whatever is there under this name was meant to be the same.
        if try FolderPlace("\(inbox)/\(name)")?.read() == content { return nil }
        let mark = String(UInt64.random(in: .min ... .max), radix: 36)
        try FolderPlace.write(content, as: name, in: inbox, mark: mark)
        return nil
    }

    private func refusal(of name: String) throws(BankUnavailable) -> String? {
        let place = try FolderPlace("\(folder)/in/refused/\(name).reason")
        guard let place, place.isRegular, place.bytes <= Self.maximumFileBytes,
            let bytes = try place.read()
        else { return nil }
        return String(decoding: bytes.prefix(Self.maximumReasonBytes), as: UTF8.self)
    }

    /// Removes what an attempt left that was killed; one that is still at it tries again later.
    private func removeParts(of name: String, in inbox: String) throws {
        for part in try FileManager.default.contentsOfDirectory(atPath: inbox)
        where part.hasPrefix(".\(name).") && part.hasSuffix(".part") {
            unlink("\(inbox)/\(part)")
        }
    }

    // MARK: - From the bank

    private func list() throws -> [OfferedFile] {
        let outbox = "\(folder)/out"
        let names = try FileManager.default.contentsOfDirectory(atPath: outbox)
            .filter { $0.hasSuffix(".xml") && !$0.hasPrefix(".") }.sorted()
        var offered: [OfferedFile] = []
        for name in names.prefix(Self.filesOfPage) {
            guard let place = try FolderPlace("\(outbox)/\(name)") else { continue }
            offered.append(OfferedFile(name: Self.message(of: name), place: place))
        }
        note(offered.compactMap(\.place))
        return offered
    }

    /// Notes since when each file is as it is; all at once, so that no file waits for another's turn.
    private func note(_ places: [FolderPlace]) {
        let now = elapsed()
        looks.withLock { looks in
            looks = Dictionary(
                places.map { place in
                    let known = looks[place.path].flatMap { $0.place == place ? $0 : nil }
                    return (place.path, known ?? Look(place: place, since: now))
                },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    /// The name without the number that puts the files in their order.
    static func message(of name: String) -> String {
        guard let dash = name.firstIndex(of: "-"), dash != name.startIndex,
            name[..<dash].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return name }
        return String(name[name.index(after: dash)...])
    }

    private func read(_ file: OfferedFile) throws -> FetchedFile {
        guard let place = file.place else { return .gone }
        guard place.isRegular else { return .unusable("it is no file") }
        guard place.bytes <= Self.maximumFileBytes else {
            return .unusable("it has \(place.bytes) bytes, more than are taken")
        }
        guard let bytes = try place.read() else {
            // Written on meanwhile, or heard by another instance.
            return try FolderPlace(place.path) == nil ? .gone : .unfinished
        }
        return Self.isFinished(bytes) || hasStood(place) ? .whole(bytes) : .unfinished
    }

    private func hasStood(_ place: FolderPlace) -> Bool {
        guard let look = looks.withLock({ $0[place.path] }), look.place == place else {
            return false
        }
        return elapsed() - look.since >= patience
    }

    /// Whether a text ends as every message of ISO 20022 does: with its `Document`.
    private static func isFinished(_ bytes: [UInt8]) -> Bool {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        var rest = bytes[...]
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        guard rest.last == UInt8(ascii: ">") else { return false }
        rest.removeLast()
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest.suffix(8).elementsEqual("Document".utf8)
    }

    private func clear(_ file: OfferedFile, _ refusal: String?) throws {
        guard let place = file.place else { return }
        let target = "\(folder)/out/\(refusal == nil ? "taken" : "refused")"
        try FileManager.default.createDirectory(
            atPath: target,
            withIntermediateDirectories: true
        )
        let name = URL(fileURLWithPath: place.path).lastPathComponent
        if let refusal {
            let reason = "\(name).reason"
            unlink("\(target)/\(reason)")
            let mark = String(UInt64.random(in: .min ... .max), radix: 36)
            try FolderPlace.write(Array(refusal.utf8), as: reason, in: target, mark: mark)
        }
        try place.move(to: "\(target)/\(name)")
    }
}
