import ClearingFile
import Foundation
import Hummingbird
import Money
import NIOCore

/// The doors to the clearing files.
///
/// | request | does |
/// |---|---|
/// | `GET /v1/clearing/ACCEPTOR/CURRENCY/CUTOFF` (HTTPS, beside the vault) | the file |
/// | `GET /clearing/faults`, `PUT /clearing/faults` (control) | how files are spoiled |
struct ClearingDoor: Sendable {
    private static let maximumRequestBytes = 4_096

    let desk: ClearingDesk
    let treasury: NetworkTreasury

    /// Adds the network's route.
    func add(to router: Router<BasicRequestContext>) {
        let (desk, treasury) = (desk, treasury)
        router.get("v1/clearing/:acceptor/:currency/:cutoff") { _, context in
            let acceptor = try context.parameters.require("acceptor")
            guard acceptor.utf8.count == 15,
                acceptor.unicodeScalars.allSatisfy({
                    $0.isASCII && $0.properties.isAlphabetic
                        || ("0"..."9").contains($0)
                }),
                let currency = try? Currency(context.parameters.require("currency")),
                let cutOff = ClearingFile.moment(try context.parameters.require("cutoff"))
            else { throw HTTPError(.badRequest) }
            let file = try desk.file(acceptor: acceptor, currency: currency, cutOff: cutOff)
            try await treasury.pay(file)
            let bytes = desk.sent(file)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=us-ascii"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
    }

    /// Adds the tester's routes.
    func addControl(to router: Router<BasicRequestContext>) {
        let desk = desk
        router.get("clearing/faults") { _, _ in
            ControlServer.answer(try JSONEncoder().encode(desk.faults))
        }
        router.put("clearing/faults") { request, _ in
            let body = try await request.body.collect(upTo: Self.maximumRequestBytes)
            do {
                let bytes = Data(body.readableBytesView)
                desk.switchFaults(try JSONDecoder().decode(ClearingFaults.self, from: bytes))
            } catch let error as DecodingError {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            return ControlServer.answer(try JSONEncoder().encode(desk.faults))
        }
    }
}
