import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ReconciliationStore
import ServiceKit

/// Where the network's own record is read.
enum NetworkSource: Sendable {
    case file(String)
    case door(String)

    private static let pageFacts = 5_000
    private static let pageLimitBytes = 64 << 20
    private static let timeoutSeconds: Int64 = 60

    init(_ text: String, runFolder: RunFolder) throws {
        if text == "sandbox" {
            guard let port = runFolder.read("sandbox.control.port") else {
                throw Ended(.unreadable, "the stack's own network does not run")
            }
            self = .door("http://127.0.0.1:\(port)")
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .door(text)
        } else {
            self = .file(text)
        }
    }

    /// Reads all of it.
    func read() async throws -> NetworkRecord {
        var record = NetworkRecord()
        switch self {
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw NetworkRecord.Unreadable("\(path) cannot be read")
            }
            try record.add(file: Array(data))
        case .door(let url):
            while true {
                let before = record.factCount
                let page = "\(url)/log?after=\(before)&limit=\(Self.pageFacts)"
                try record.add(page: try await Self.fetch(page))
                if record.factCount == before { return record }
            }
        }
        return record
    }

    private static func fetch(_ url: String) async throws -> [UInt8] {
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: url),
                timeout: .seconds(timeoutSeconds)
            )
            guard response.status == .ok else {
                throw NetworkRecord.Unreadable("\(url) answers \(response.status.code)")
            }
            return Array(try await response.body.collect(upTo: pageLimitBytes).readableBytesView)
        } catch let error as NetworkRecord.Unreadable {
            throw error
        } catch {
            throw NetworkRecord.Unreadable("\(url) does not answer: \(error)")
        }
    }
}
