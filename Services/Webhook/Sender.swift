import MerchantAPI
import Money
import NIOCore
import NIOHTTP1
import Payments
import Synchronization
import WebhookStore
import Webhooks

/// Makes one attempt: resolve, check, connect, sign, post, read the answer.
struct Sender: Sendable {
    /// The limits of an attempt; together they stay below a lease.
    struct Timeouts: Sendable {
        var connectMilliseconds: Int64 = 5_000
        var firstByteMilliseconds: Int64 = 15_000
        var totalMilliseconds: Int64 = 20_000
    }

    static let userAgent = "PaymentGateway-Webhook/1"

    let guardian: AddressGuard
    let policy: TargetPolicy
    let connections: TargetConnections
    let secrets: WebhookSecrets
    let timeouts: Timeouts
    /// The time that signatures are made at.
    let clock: @Sendable () -> Timestamp

    /// Attempts a delivery; whatever happens is told by the record.
    func attempt(_ delivery: ClaimedDelivery) async -> AttemptRecord {
        var attempt = Attempt(
            began: .now(),
            record: AttemptRecord(
                startedAt: clock(),
                outcome: .broken,
                url: delivery.target.endpoint.settings.url
            )
        )
        let url: TargetURL
        do throws(TargetRefusal) {
            url = try TargetURL(attempt.record.url, policy: policy)
        } catch {
            // It was taken under another policy; what is allowed now counts.
            return attempt.ended(.forbidden(.reserved))
        }
        let headers = sign(delivery, url, &attempt.record)
        let key = TargetConnections.Key(
            target: delivery.target.key,
            isSecure: url.isSecure,
            host: url.host,
            port: url.port
        )
        if let kept = connections.takeIdle(key) {
            attempt.record.peerAddress = kept.remoteAddress?.ipAddress
            if let answer = try? await exchange(kept, url, headers, delivery.body),
                answer.status != nil || answer.end != .broken
            {
                return attempt.ended(with: answer, kept, key, connections)
            }
            // It was closed before it was used; nothing came back, so a fresh one is tried.
        }
        return await attemptAnew(delivery, url, headers, key, attempt)
    }

    private func attemptAnew(
        _ delivery: ClaimedDelivery,
        _ url: TargetURL,
        _ headers: HTTPHeaders,
        _ key: TargetConnections.Key,
        _ started: Attempt
    ) async -> AttemptRecord {
        var attempt = started
        let channel: any Channel
        switch await connect(url, &attempt) {
        case .success(let connected): channel = connected
        case .failure(let failure): return attempt.ended(failure.outcome)
        }
        do {
            let answer = try await exchange(channel, url, headers, delivery.body)
            return attempt.ended(with: answer, channel, key, connections)
        } catch {
            channel.close(promise: nil)
            return attempt.ended(.broken)
        }
    }

    // MARK: - Connecting

    private struct Failure: Error {
        let outcome: DeliveryOutcome
    }

    private func connect(
        _ url: TargetURL,
        _ attempt: inout Attempt
    ) async -> Result<any Channel, Failure> {
        let limit = TimeAmount.milliseconds(timeouts.connectMilliseconds)
        let deadline = attempt.began + limit
        let addresses: [IPAddress]
        do {
            let found = try await guardian.addresses(of: url, within: limit)
            attempt.record.timings.resolve = attempt.elapsed
            switch found {
            case .success(let allowed): addresses = allowed
            case .failure(let forbidden):
                return .failure(Failure(outcome: .forbidden(forbidden.refusal)))
            }
        } catch is ResolvingTimedOut {
            return .failure(Failure(outcome: .timedOut(.connect)))
        } catch {
            return .failure(Failure(outcome: .unresolved))
        }
        var outcome = DeliveryOutcome.unreachable
        for address in addresses {
            let left = deadline - .now()
            guard left > .zero else { return .failure(Failure(outcome: .timedOut(.connect))) }
            attempt.record.peerAddress = address.description
            let channel: any Channel
            do {
                channel = try await connections.connect(url, to: address, within: left)
            } catch is ChannelError {
                outcome = .timedOut(.connect)
                continue
            } catch {
                outcome = .unreachable
                continue
            }
            attempt.record.timings.connect = attempt.elapsed
            do {
                try await connections.secured(channel, url, within: deadline - .now())
                if url.isSecure { attempt.record.timings.secure = attempt.elapsed }
                return .success(channel)
            } catch {
                channel.close(promise: nil)
                outcome = NIODeadline.now() >= deadline ? .timedOut(.connect) : .insecure
            }
        }
        return .failure(Failure(outcome: outcome))
    }

    // MARK: - Posting

    private func exchange(
        _ channel: any Channel,
        _ url: TargetURL,
        _ headers: HTTPHeaders,
        _ body: [UInt8]
    ) async throws -> ExchangeAnswer {
        let answer = channel.eventLoop.makePromise(of: ExchangeAnswer.self)
        let exchange = Exchange(
            head: HTTPRequestHead(
                version: .http1_1,
                method: .POST,
                uri: url.target,
                headers: headers
            ),
            body: ByteBuffer(bytes: body),
            firstByteTimeout: .milliseconds(timeouts.firstByteMilliseconds),
            totalTimeout: .milliseconds(timeouts.totalMilliseconds),
            answer: answer
        )
        // A write that fails closes the channel, and its handler ends the exchange; a channel that
        // is closed already takes no write at all.
        channel.writeAndFlush(exchange).whenFailure { _ in
            answer.succeed(ExchangeAnswer(end: .broken))
        }
        return try await answer.futureResult.get()
    }

    /// The headers of an attempt, signed with the keys that live now, in both families.
    private func sign(
        _ delivery: ClaimedDelivery,
        _ url: TargetURL,
        _ record: inout AttemptRecord
    ) -> HTTPHeaders {
        let endpoint = delivery.target.endpoint
        // Keys live by the merchant's time; what is signed is the real one, which receivers compare.
        let ownNow = record.startedAt.adding(microseconds: delivery.aheadMicroseconds)
        let keys = endpoint.liveKeys(at: ownNow)
        let secrets = keys.map { self.secrets.secret(of: endpoint.id, key: $0.id) }
        let seconds = record.startedAt.secondsSinceEpoch
        let headers = HTTPHeaders([
            ("Host", url.authority),
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", String(delivery.body.count)),
            ("User-Agent", Self.userAgent),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            (
                "Stripe-Signature",
                WebhookSignature.stripe(
                    secrets: secrets,
                    timestampSeconds: seconds,
                    body: delivery.body
                )
            ),
            ("webhook-id", delivery.eventID),
            ("webhook-timestamp", String(seconds)),
            (
                "webhook-signature",
                WebhookSignature.standard(
                    secrets: secrets,
                    messageID: delivery.eventID,
                    timestampSeconds: seconds,
                    body: delivery.body
                )
            ),
        ])
        record.keyIDs = keys.map(\.id.rawValue)
        record.requestHeaders = headers.map { (name: $0.name, value: $0.value) }
        return headers
    }
}

/// An attempt under way.
struct Attempt: Sendable {
    let began: NIODeadline
    var record: AttemptRecord

    /// Microseconds since it began.
    var elapsed: Int64 { microseconds(until: .now()) }

    private func microseconds(until moment: NIODeadline) -> Int64 {
        (moment - began).nanoseconds / 1_000
    }

    func ended(_ outcome: DeliveryOutcome) -> AttemptRecord {
        var record = record
        record.outcome = outcome
        record.timings.total = elapsed
        return record
    }

    /// Ends with an answer, and keeps the connection if it may be used again.
    func ended(
        with answer: ExchangeAnswer,
        _ channel: any Channel,
        _ key: TargetConnections.Key,
        _ connections: TargetConnections
    ) -> AttemptRecord {
        if answer.end == .complete(reusable: true) { connections.keep(channel, for: key) }
        var record = record
        record.timings.firstByte = answer.firstByteAt.map { microseconds(until: $0) }
        record.responseHeaders = answer.headers
        record.responseBody = answer.body
        record.isBodyCut = answer.end == .cut
        let outcome: DeliveryOutcome =
            if let status = answer.status {
                (200..<300).contains(status)
                    ? .delivered(status: status) : .answered(status: status)
            } else if case .timedOut(let phase) = answer.end {
                .timedOut(phase)
            } else {
                .broken
            }
        return Attempt(began: began, record: record).ended(outcome)
    }
}
