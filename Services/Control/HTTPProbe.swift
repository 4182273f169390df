import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Asks the stack's own servers.
struct HTTPProbe: Sendable {
    /// The largest answer read.
    static let answerLimitBytes = 1 << 20

    /// An answer as it came.
    struct Answer: Sendable {
        let status: UInt
        let body: String
    }

    /// Sends a request, and returns nothing where nobody answers.
    func send(
        _ method: String,
        _ url: String,
        bearer: String? = nil,
        timeoutSeconds: Int64 = 5
    ) async -> Answer? {
        var request = HTTPClientRequest(url: url)
        request.method = .RAW(value: method)
        if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        if method == "POST" {
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        }
        do {
            let response = try await HTTPClient.shared.execute(
                request,
                timeout: .seconds(timeoutSeconds)
            )
            let body = try await response.body.collect(upTo: Self.answerLimitBytes)
            return Answer(status: response.status.code, body: String(buffer: body))
        } catch {
            return nil
        }
    }

    /// Why the process behind an admin port is not ready; nothing if it is.
    func unreadiness(adminPort: Int) async -> String? {
        let url = "http://127.0.0.1:\(adminPort)/readyz"
        guard let answer = await send("GET", url, timeoutSeconds: 2) else {
            return "does not answer"
        }
        guard answer.status != 200 else { return nil }
        guard
            let fields = try? JSONDecoder().decode(
                [String: String].self,
                from: Data(answer.body.utf8)
            )
        else { return "answers \(answer.status)" }
        return fields.filter { $0.key != "status" && $0.value != "ready" }
            .sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }
            .joined(separator: ", ")
    }
}
