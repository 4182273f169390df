import Testing

@testable import Bench

@Suite("The load's reader of answers")
struct HTTPResponseTests {
    private let answer =
        "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 5\r\nRetry-After: 1\r\n\r\npi_1\""

    private func read(_ chunks: [String]) throws -> [HTTPResponse?] {
        var parser = HTTPResponseParser()
        return try chunks.map { chunk in
            try Array(chunk.utf8).withUnsafeBytes { try parser.append($0) }
        }
    }

    @Test("finds status, body and Retry-After, however the bytes arrive")
    func chunks() throws {
        // Cut between bytes: between characters, a line's end would never be taken apart.
        for cut in 1..<answer.utf8.count {
            let start = String(decoding: answer.utf8.prefix(cut), as: UTF8.self)
            let end = String(decoding: answer.utf8.dropFirst(cut), as: UTF8.self)
            let answers = try read([start, end])
            #expect(answers[0] == nil)
            let response = try #require(answers[1])
            #expect(response.status == 429)
            #expect(response.hasRetryAfter)
            #expect(!response.closesConnection)
            #expect(response.firstWord(beginning: "pi_") == "pi_1")
        }
    }

    @Test("keeps what follows for the next answer")
    func two() throws {
        let second = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let answers = try read([answer + second, ""])
        #expect(answers[0]?.status == 429)
        #expect(answers[1]?.status == 200)
        #expect(answers[1]?.closesConnection == true)
        #expect(answers[1]?.hasRetryAfter == false)
    }

    @Test("refuses what it does not understand")
    func refused() {
        #expect(throws: BenchmarkError.self) { try read(["HTTP/1.1 200 OK\r\n\r\n"]) }
        #expect(throws: BenchmarkError.self) { try read(["nonsense\r\n\r\n"]) }
    }
}
