import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Payout
@testable import PayoutStore

/// A pair of folders as the bank makes them, and our side of it with a clock that a test moves.
private final class Drop: Sendable {
    let folder: URL
    let bank: BankDrop
    private let clock: Clock

    final class Clock: Sendable {
        let elapsed = Mutex(Duration.zero)
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("drop-\(UUID().uuidString)")
        for name in ["in/taken", "in/refused", "out"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name),
                withIntermediateDirectories: true
            )
        }
        let clock = Clock()
        self.clock = clock
        bank = BankDrop(
            folder: folder.path,
            patience: .seconds(30),
            elapsed: { clock.elapsed.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func pass(_ duration: Duration) { clock.elapsed.withLock { $0 += duration } }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: self.folder.appendingPathComponent(folder).path
        ).sorted()
    }
}

@Suite("The pair of folders of the bank", .timeLimit(.minutes(1)))
struct BankDropTests {
    private static let message = "<Document>1</Document>\n"

    private func file(_ content: String) -> OutgoingFile {
        OutgoingFile(id: "F1", content: content)
    }

    @Test("A file lies in the inbox under its name, whole, and nothing else does")
    func brought() async throws {
        let drop = try Drop()
        // An attempt that was killed left a part.
        try drop.write("<Docu", "in/.F1.pain.001.xml.1x.part")
        try drop.write("<Docu", "in/.F2.pain.001.xml.1x.part")
        #expect(try await drop.bank.bring(file("<a/>")) == nil)
        #expect(try drop.text("in/F1.pain.001.xml") == "<a/>")
        #expect(try await drop.bank.bring(file("<a/>")) == nil)
        #expect(
            try drop.names("in") == [
                ".F2.pain.001.xml.1x.part", "F1.pain.001.xml", "refused", "taken",
            ]
        )
    }

    @Test("What the bank refuses is told in its words, and a damaged copy is written again")
    func refused() async throws {
        let drop = try Drop()
        try drop.write("no such account\n", "in/refused/F1.pain.001.xml.reason")
        try drop.write("<a/>", "in/refused/F1.pain.001.xml")
        #expect(try await drop.bank.bring(file("<a/>")) == "no such account\n")
        #expect(try drop.names("in") == ["refused", "taken"])
        try drop.write("<a", "in/refused/F1.pain.001.xml")
        #expect(try await drop.bank.bring(file("<a/>")) == nil)
        #expect(try drop.text("in/F1.pain.001.xml") == "<a/>")
    }

    @Test("Nothing is written where the bank's folders are not mounted")
    func notMounted() async throws {
        let drop = try Drop()
        try FileManager.default.removeItem(at: drop.folder.appendingPathComponent("in"))
        try FileManager.default.removeItem(at: drop.folder.appendingPathComponent("out"))
        await #expect(throws: BankUnavailable.self) { try await drop.bank.bring(file("<a/>")) }
        await #expect(throws: BankUnavailable.self) { try await drop.bank.offered(after: 0) }
        #expect(try drop.names("").isEmpty)
    }

    @Test("The bank's files are offered in the order of their numbers, until they are heard")
    func ordered() async throws {
        let drop = try Drop()
        for name in ["000000000010-R3.xml", "000000000009-N2.xml", ".000000000001-X.xml", "a.part"]
        {
            try drop.write(Self.message, "out/\(name)")
        }
        let offered = try await drop.bank.offered(after: 100)
        #expect(offered.map(\.name) == ["N2.xml", "R3.xml"])
        #expect(offered.allSatisfy { $0.sequence == nil })
        let first = try #require(offered.first)
        #expect(try await drop.bank.fetch(first) == .whole(Array(Self.message.utf8)))
        // Who dies before it says so is offered it again.
        #expect(try await drop.bank.offered(after: 100) == offered)
        try await drop.bank.heard(first, refusal: nil)
        #expect(try await drop.bank.offered(after: 100).map(\.name) == ["R3.xml"])
        #expect(try drop.names("out/taken") == ["000000000009-N2.xml"])
        // Another instance was faster with it.
        #expect(try await drop.bank.fetch(first) == .gone)
        try await drop.bank.heard(first, refusal: nil)
        #expect(try drop.names("out/taken") == ["000000000009-N2.xml"])
    }

    @Test("A half-written file is waited for, and heard whole when it has grown")
    func halfWritten() async throws {
        let drop = try Drop()
        try drop.write("<Document>1</Docu", "out/1-N1.xml")
        let half = try #require(try await drop.bank.offered(after: 0).first)
        #expect(try await drop.bank.fetch(half) == .unfinished)
        drop.pass(.seconds(29))
        #expect(try await drop.bank.offered(after: 0) == [half])
        #expect(try await drop.bank.fetch(half) == .unfinished)
        try drop.write(Self.message, "out/1-N1.xml")
        drop.pass(.seconds(29))
        // What was seen before is not what is there now.
        #expect(try await drop.bank.fetch(half) == .unfinished)
        let whole = try #require(try await drop.bank.offered(after: 0).first)
        #expect(try await drop.bank.fetch(whole) == .whole(Array(Self.message.utf8)))
    }

    @Test("A file that stays cut is given out to be refused, and lies beside the reason then")
    func cut() async throws {
        let drop = try Drop()
        try drop.write("<Document>1</Docu", "out/1-N1.xml")
        try drop.write("<Document>2</Docu", "out/2-N2.xml")
        #expect(try await drop.bank.offered(after: 0).count == 2)
        drop.pass(.seconds(30))
        // All that wait are waited for at once.
        for file in try await drop.bank.offered(after: 0) {
            guard case .whole(let bytes) = try await drop.bank.fetch(file) else {
                Issue.record("it is not given out")
                return
            }
            let word = BankWord(name: file.name, bytes: bytes)
            let refusal = try #require(word.refusal)
            try await drop.bank.heard(file, refusal: refusal)
        }
        #expect(try drop.names("out") == ["refused"])
        #expect(
            try drop.names("out/refused") == [
                "1-N1.xml", "1-N1.xml.reason", "2-N2.xml", "2-N2.xml.reason",
            ]
        )
    }

    @Test("Other bytes that came under the name of a heard file are not cleared away with it")
    func replaced() async throws {
        let drop = try Drop()
        try drop.write(Self.message, "out/1-N1.xml")
        let first = try #require(try await drop.bank.offered(after: 0).first)
        #expect(try await drop.bank.fetch(first) == .whole(Array(Self.message.utf8)))
        let other = "<Document>other</Document>"
        try drop.write(other, "out/new")
        let path = drop.folder.appendingPathComponent("out").path
        #expect(rename("\(path)/new", "\(path)/1-N1.xml") == 0)
        try await drop.bank.heard(first, refusal: nil)
        #expect(try drop.text("out/1-N1.xml") == other)
        #expect(try drop.names("out/taken").isEmpty)
    }

    @Test("Links and pipes are no files, and stop nobody")
    func noFiles() async throws {
        let drop = try Drop()
        let path = drop.folder.appendingPathComponent("out").path
        #expect(symlink("/etc/hostname", "\(path)/1-L.xml") == 0)
        #expect(mkfifo("\(path)/2-P.xml", 0o600) == 0)
        for file in try await drop.bank.offered(after: 0) {
            #expect(try await drop.bank.fetch(file) == .unusable("it is no file"))
            try await drop.bank.heard(file, refusal: "it is no file")
        }
        #expect(try drop.names("out") == ["refused"])
    }

    @Test(
        "The number in front of a name is no part of it",
        arguments: [
            ("000000000012-R4.pain.002.xml", "R4.pain.002.xml"), ("R4-1.xml", "R4-1.xml"),
            ("12.xml", "12.xml"), ("-12.xml", "-12.xml"), ("7-N3-R.xml", "N3-R.xml"),
        ]
    )
    func names(_ name: String, _ message: String) {
        #expect(BankDrop.message(of: name) == message)
    }
}
