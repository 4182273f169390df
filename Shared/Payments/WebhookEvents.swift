public import JSON
public import Money

/// A fact about a webhook endpoint.
public enum WebhookEndpointEvent: Sendable, Equatable {
    /// The endpoint was made.
    case created(WebhookEndpoint)
    /// Its settings were changed; these are the new ones, all of them.
    case updated(WebhookSettings)
    /// A key was added; those before it sign until a moment.
    case secretRotated(WebhookKey, othersUntil: Timestamp)
    /// It has failed without exception for a part of the time after which it is switched off.
    case warned(WebhookWarning)
    /// It was switched off.
    case disabled(WebhookDisabledReason)
    /// It was deleted.
    case deleted

    /// The closed set of wire names.
    public enum Kind: String, Sendable, CaseIterable {
        case created = "webhook_endpoint_created"
        case updated = "webhook_endpoint_updated"
        case secretRotated = "webhook_secret_rotated"
        case warned = "webhook_endpoint_warned"
        case disabled = "webhook_endpoint_disabled"
        case deleted = "webhook_endpoint_deleted"
    }

    /// Which kind of fact it is.
    public var kind: Kind {
        switch self {
        case .created: .created
        case .updated: .updated
        case .secretRotated: .secretRotated
        case .warned: .warned
        case .disabled: .disabled
        case .deleted: .deleted
        }
    }

    /// The fact as it is stored.
    public var facts: JSON {
        switch self {
        case .created(let endpoint): endpoint.document
        case .updated(let settings): settings.document
        case .secretRotated(let key, let until):
            ["key": key.document, "others_until": until.document]
        case .warned(let warning): warning.document
        case .disabled(let reason): ["reason": reason.document]
        case .deleted: [:]
        }
    }

    /// Reads a fact of a kind.
    public init(kind: Kind, facts: JSON) throws(DocumentError) {
        switch kind {
        case .created: self = .created(try .init(document: facts))
        case .updated: self = .updated(try .init(document: facts))
        case .secretRotated:
            let fields = try Fields(facts)
            self = .secretRotated(
                try fields.required("key"),
                othersUntil: try fields.required("others_until")
            )
        case .warned: self = .warned(try .init(document: facts))
        case .disabled: self = .disabled(try Fields(facts).required("reason"))
        case .deleted: self = .deleted
        }
    }
}

extension WebhookEndpoint {
    /// The endpoint after a fact; nil where the fact cannot follow.
    static func evolve(
        _ endpoint: WebhookEndpoint?,
        by event: WebhookEndpointEvent,
        version: Int32,
        at time: Timestamp
    ) -> WebhookEndpoint? {
        guard let endpoint else {
            guard case .created(let created) = event, version == 1 else { return nil }
            return created
        }
        guard !endpoint.isDeleted else { return nil }
        switch event {
        case .created: return nil
        case .updated(let settings):
            let wasEnabled = endpoint.settings.isEnabled
            let reason: WebhookDisabledReason? =
                settings.isEnabled ? nil : wasEnabled ? .merchant : endpoint.disabledReason
            return endpoint.with(
                settings: settings,
                disabledReason: reason,
                // Who switches it on again starts anew.
                warning: settings.isEnabled && !wasEnabled ? nil : endpoint.warning,
                version: version
            )
        case .secretRotated(let key, let until):
            let kept = endpoint.liveKeys(at: time).compactMap { known -> WebhookKey? in
                let end = known.expiresAt.map { min($0, until) } ?? until
                guard time < end else { return nil }
                return WebhookKey(id: known.id, createdAt: known.createdAt, expiresAt: end)
            }
            return endpoint.with(keys: [key] + kept, version: version)
        case .warned(let warning): return endpoint.with(warning: warning, version: version)
        case .disabled(let reason):
            var settings = endpoint.settings
            settings.isEnabled = false
            return endpoint.with(
                settings: settings,
                disabledReason: reason,
                warning: endpoint.warning,
                version: version
            )
        case .deleted: return endpoint.with(isDeleted: true, version: version)
        }
    }

    private func with(
        settings: WebhookSettings,
        disabledReason: WebhookDisabledReason?,
        warning: WebhookWarning?,
        version: Int32
    ) -> WebhookEndpoint {
        copy(settings, keys, disabledReason, warning, isDeleted, version)
    }

    private func with(keys: [WebhookKey], version: Int32) -> WebhookEndpoint {
        copy(settings, keys, disabledReason, warning, isDeleted, version)
    }

    private func with(warning: WebhookWarning, version: Int32) -> WebhookEndpoint {
        copy(settings, keys, disabledReason, warning, isDeleted, version)
    }

    private func with(isDeleted: Bool, version: Int32) -> WebhookEndpoint {
        copy(settings, keys, disabledReason, warning, isDeleted, version)
    }

    private func copy(
        _ settings: WebhookSettings,
        _ keys: [WebhookKey],
        _ disabledReason: WebhookDisabledReason?,
        _ warning: WebhookWarning?,
        _ isDeleted: Bool,
        _ version: Int32
    ) -> WebhookEndpoint {
        WebhookEndpoint(
            id: id,
            merchantID: merchantID,
            livemode: livemode,
            apiVersion: apiVersion,
            settings: settings,
            keys: keys,
            disabledReason: disabledReason,
            warning: warning,
            isDeleted: isDeleted,
            createdAt: createdAt,
            version: version
        )
    }
}
