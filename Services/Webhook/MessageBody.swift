import EventStore
import JSON
import MerchantAPI
import Payments
import Projections
import WebhookStore

/// The body of an event, as every endpoint of one API version gets it.
enum MessageBody {
    static func bytes(_ message: FanOut.Message) throws -> [UInt8] {
        let version = APIVersion(rawValue: message.apiVersion) ?? .current
        let shown = message.shown
        let requestID = shown.cause.requestID
        let isOfMerchant = requestID.hasPrefix("req_")
        let key = shown.cause.idempotencyKey.flatMap { $0 == requestID ? nil : $0 }
        return ResourceRenderer(version: version).event(
            EventSource(
                event: shown.event,
                subject: shown.subject,
                before: shown.before,
                recordedAt: shown.recordedAt,
                requestID: isOfMerchant ? requestID : nil,
                idempotencyKey: isOfMerchant ? key : nil,
                pendingWebhooks: Int64(message.endpointCount)
            )
        ).serialized()
    }
}
