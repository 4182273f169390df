import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle

/// The tester's door, on a loopback address: switches faults, shows the books and the log.
///
/// | request | does |
/// |---|---|
/// | `GET /faults` | the faults that are on |
/// | `PUT /faults` with a ``FaultPlan`` | switches them, also for the next start; `{}` is all off |
/// | `GET /summary[?reference=…]` | amounts by reference, see ``NetworkSummary`` |
/// | `GET /log[?after=…&limit=…]` | lines of the log, oldest first |
/// | `/bank/…` | see ``BankControl`` |
/// | `/clearing/faults` | see ``ClearingDoor`` |
/// | `/disputes`, `/notices/faults` | see ``NoticeDoor`` |
struct ControlServer: Service {
    let port: Int
    let desk: NetworkDesk
    let bank: BankDesk
    let logger: Logger
    /// Hears the port, also a chosen one.
    let onListening: @Sendable (Int) -> Void
    /// The clearing files, whose faults are switched here.
    var clearing: ClearingDoor?
    /// The network's notices.
    var notices: NoticeDoor?

    private static let maximumRequestBytes = 1 << 20
    private static let defaultLines = 1_000

    /// Serves until shutdown.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let router = Self.router(desk: desk, bank: bank)
        clearing?.addControl(to: router)
        notices?.addControl(to: router)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { [onListening] channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: quiet
        )
        try await application.run()
    }

    /// The routes, apart from a socket.
    static func router(desk: NetworkDesk, bank: BankDesk) -> Router<BasicRequestContext> {
        let router = Router()
        BankControl(desk: bank).add(to: router)
        router.get("faults") { _, _ in answer(try JSONEncoder().encode(desk.faults)) }
        router.put("faults") { request, _ in
            let body = try await request.body.collect(upTo: maximumRequestBytes)
            do {
                let plan = try JSONDecoder().decode(
                    FaultPlan.self,
                    from: Data(body.readableBytesView)
                )
                try desk.switchFaults(plan)
            } catch let error as FaultPlanError {
                throw HTTPError(.badRequest, message: error.description)
            } catch let error as DecodingError {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            return answer(try JSONEncoder().encode(desk.faults))
        }
        router.get("summary") { request, _ in
            let reference = request.uri.queryParameters.get("reference")
            let summary = NetworkSummary(books: desk.books).document(reference: reference)
            return answer(Data(summary.serialized()))
        }
        router.get("log") { request, _ in
            answer(try lines(of: desk.logFile, request))
        }
        return router
    }

    /// The lines of a log that a request asks for; line number n is fact number n.
    ///
    /// What is not on the disk yet may be missing at the end.
    static func lines(of file: URL, _ request: Request) throws -> Data {
        let after = request.uri.queryParameters.get("after", as: Int.self) ?? 0
        let limit = request.uri.queryParameters.get("limit", as: Int.self) ?? defaultLines
        guard after >= 0, limit >= 0 else { throw HTTPError(.badRequest) }
        let whole = try Data(contentsOf: file, options: .mappedIfSafe)
        let complete = whole.lastIndex(of: UInt8(ascii: "\n")).map { whole[...$0] } ?? Data()
        let lines = complete.split(separator: UInt8(ascii: "\n")).dropFirst(after).prefix(limit)
        return Data("[".utf8) + Data(lines.joined(separator: Data(",".utf8))) + Data("]".utf8)
    }

    /// An answer in JSON.
    static func answer(_ body: Data) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
