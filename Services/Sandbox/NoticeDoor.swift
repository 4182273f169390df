import Foundation
import Hummingbird
import JSON
import NIOCore
import Payments

/// The doors to the network's notices.
///
/// | request | does |
/// |---|---|
/// | `GET /v1/notices?after=…&limit=…` (HTTPS, beside the vault) | notices after a place, oldest first |
/// | `POST /v1/disputes/CASE/answers` (HTTPS) | takes an answer: 200, 409 when none is taken any more |
/// | `POST /disputes` (control) | has a cardholder's bank dispute or report a charge |
/// | `GET /notices/faults`, `PUT /notices/faults` (control) | how notices are delivered |
struct NoticeDoor: Sendable {
    /// The longest answer: 150,000 characters of evidence, escaped.
    private static let maximumAnswerBytes = 2 << 20
    private static let maximumRequestBytes = 4_096
    private static let defaultLimit = 100

    let notices: NoticeDesk
    let desk: NetworkDesk

    /// Adds the network's routes.
    func add(to router: Router<BasicRequestContext>) {
        let notices = notices
        router.get("v1/notices") { request, _ in
            let after = request.uri.queryParameters.get("after", as: Int64.self) ?? 0
            let limit = request.uri.queryParameters.get("limit", as: Int.self) ?? Self.defaultLimit
            guard after >= 0, limit > 0 else { throw HTTPError(.badRequest) }
            let page = await notices.page(after: after, limit: limit)
            return ControlServer.answer(Data(page.serialized()))
        }
        router.post("v1/disputes/:case/answers") { request, context in
            let body = try await request.body.collect(upTo: Self.maximumAnswerBytes)
            let response: DisputeResponse
            let acquirer: String
            do {
                let document = try JSON(parsing: body.readableBytesView)
                response = try DisputeResponse(document: document)
                acquirer = try document.string("acquirer")
            } catch {
                throw HTTPError(.badRequest)
            }
            guard try context.parameters.require("case") == response.networkCase.rawValue else {
                throw HTTPError(.badRequest)
            }
            switch await notices.answer(response, acquirer: acquirer) {
            case true: return ControlServer.answer(Data(#"{"taken":true}"#.utf8))
            case false: throw HTTPError(.conflict)
            case nil: throw HTTPError(.gatewayTimeout)
            }
        }
    }

    /// Adds the tester's routes.
    func addControl(to router: Router<BasicRequestContext>) {
        let (notices, desk) = (notices, desk)
        router.get("notices/faults") { _, _ in
            ControlServer.answer(try JSONEncoder().encode(notices.faults))
        }
        router.put("notices/faults") { request, _ in
            let body = try await request.body.collect(upTo: Self.maximumRequestBytes)
            do {
                let bytes = Data(body.readableBytesView)
                notices.switchFaults(try JSONDecoder().decode(NoticeFaults.self, from: bytes))
            } catch let error as DecodingError {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            return ControlServer.answer(try JSONEncoder().encode(notices.faults))
        }
        router.post("disputes") { request, _ in
            let body = try await request.body.collect(upTo: Self.maximumRequestBytes)
            let order: DisputeOrder
            do {
                order = try JSONDecoder().decode(
                    DisputeOrder.self,
                    from: Data(body.readableBytesView)
                )
            } catch let error as DecodingError {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            guard let fact = await desk.raise(order) else {
                throw HTTPError(.conflict, message: "nothing of that charge is left to dispute")
            }
            return ControlServer.answer(
                Data(JSON.object([.init(key: "case", value: .string(fact))]).serialized())
            )
        }
    }
}

/// What a tester wants a cardholder's bank to do about a captured charge.
struct DisputeOrder: Sendable, Codable {
    enum Kind: String, Sendable, Codable {
        case chargeback
        case inquiry
        case fraudReport = "fraud_report"
    }

    let kind: Kind
    /// The authorization's reference.
    let reference: String
    /// How much; all that is left when it is not given.
    var amount: Int64?
    /// Stripe's word; fraudulent when it is not given.
    var reason: String?
}
