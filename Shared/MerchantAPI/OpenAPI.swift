public import JSON

/// The API's description in OpenAPI 3.1, made from the same table as the routes.
public enum OpenAPI {
    /// The whole document.
    public static func document() -> JSON {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Payment gateway",
                "version": .string(APIVersion.current.rawValue),
                "description": .string(
                    "Speaks the part of Stripe's API that is listed here, and a few endpoints of "
                        + "its own."
                ),
            ],
            "paths": paths(),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "basic": ["type": "http", "scheme": "basic"],
                ],
                "schemas": schemas(),
            ],
        ]
    }

    private static func paths() -> JSON {
        var paths: [JSON.Member] = []
        for endpoint in Endpoint.all {
            let method = endpoint.method.rawValue.lowercased()
            let member = JSON.Member(key: method, value: operation(endpoint))
            if let index = paths.firstIndex(where: { $0.key == endpoint.path }) {
                guard case .object(let known) = paths[index].value else { continue }
                paths[index].value = .object(known + [member])
            } else {
                paths.append(JSON.Member(key: endpoint.path, value: .object([member])))
            }
        }
        return .object(paths)
    }

    private static func operation(_ endpoint: Endpoint) -> JSON {
        var fields: [JSON.Member] = [
            .init(key: "operationId", value: .string(endpoint.operation.rawValue)),
            .init(key: "summary", value: .string(endpoint.summary)),
            .init(key: "security", value: security(endpoint.access)),
        ]
        var parameters = pathVariables(of: endpoint).map { name -> JSON in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        switch endpoint.method {
        case .get, .delete:
            parameters += endpoint.parameters.map { parameter in
                [
                    "name": .string(parameter.name), "in": "query",
                    "required": .bool(parameter.isRequired), "style": "deepObject",
                    "explode": true, "schema": schema(parameter.type),
                ]
            }
        case .post:
            fields.append(
                .init(
                    key: "requestBody",
                    value: [
                        "content": [
                            "application/x-www-form-urlencoded": [
                                "schema": schema(.object(endpoint.parameters))
                            ]
                        ]
                    ]
                )
            )
        }
        fields.append(.init(key: "parameters", value: .array(parameters)))
        fields.append(.init(key: "responses", value: responses(endpoint)))
        return .object(fields)
    }

    private static func security(_ access: EndpointAccess) -> JSON {
        switch access {
        case .open: []
        case .secretKey, .anyKey, .clientSecret: [["bearer": []], ["basic": []]]
        }
    }

    private static func pathVariables(of endpoint: Endpoint) -> [String] {
        endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }

    private static func responses(_ endpoint: Endpoint) -> JSON {
        let item: JSON = ["$ref": .string("#/components/schemas/\(endpoint.resource.rawValue)")]
        let list: JSON = [
            "type": "object",
            "required": ["object", "url", "has_more", "data"],
            "properties": [
                "object": ["const": "list"], "url": ["type": "string"],
                "has_more": ["type": "boolean"], "data": ["type": "array", "items": item],
            ],
        ]
        return [
            "200": [
                "description": "As asked.",
                "content": ["application/json": ["schema": endpoint.isList ? list : item]],
            ],
            "default": [
                "description": "Refused.",
                "content": [
                    "application/json": ["schema": ["$ref": "#/components/schemas/error"]]
                ],
            ],
        ]
    }

    private static func schemas() -> JSON {
        var members = Set(Endpoint.all.map(\.resource)).map(\.rawValue).sorted()
            .map { name -> JSON.Member in
                JSON.Member(
                    key: name,
                    value: [
                        "type": "object",
                        "required": ["object"],
                        "properties": ["object": ["const": .string(name)]],
                    ]
                )
            }
        members.append(
            JSON.Member(
                key: "error",
                value: [
                    "type": "object",
                    "required": ["error"],
                    "properties": [
                        "error": [
                            "type": "object",
                            "required": ["type", "message"],
                            "properties": [
                                "type": [
                                    "enum": .array(
                                        APIError.Kind.allCases.map { .string($0.rawValue) }
                                    )
                                ],
                                "code": ["type": "string"],
                                "message": ["type": "string"],
                                "param": ["type": "string"],
                            ],
                        ]
                    ],
                ]
            )
        )
        return .object(members)
    }

    /// The JSON schema of a parameter's value.
    static func schema(_ type: ParameterType) -> JSON {
        switch type {
        case .text(let maximumLength):
            ["type": "string", "maxLength": .integer(Int64(maximumLength))]
        case .reference(let kind):
            ["type": "string", "description": .string("The identifier of a \(kind.rawValue).")]
        case .absentReference(let kind):
            ["type": "string", "description": .string("No \(kind) exists here.")]
        case .integer(let bounds):
            [
                "type": "integer", "minimum": .integer(bounds.lowerBound),
                "maximum": .integer(bounds.upperBound),
            ]
        case .amount: ["type": "integer", "minimum": 1, "description": "In minor units."]
        case .boolean: ["type": "boolean"]
        case .choice(let words):
            ["type": "string", "enum": .array(words.map { .string($0) })]
        case .currency: ["type": "string", "description": "A code of ISO 4217."]
        case .list(let element, let maximumCount):
            [
                "type": "array", "items": schema(element),
                "maxItems": .integer(Int64(maximumCount)),
            ]
        case .object(let parameters): object(parameters)
        case .metadata:
            [
                "type": "object",
                "maxProperties": .integer(Int64(MetadataRules.maximumKeys)),
                "additionalProperties": [
                    "type": "string",
                    "maxLength": .integer(Int64(MetadataRules.maximumValueLength)),
                ],
            ]
        case .cardData: ["type": "string", "description": "Goes to the vault unread."]
        case .timeFilter: ["type": ["integer", "object"], "description": "Unix seconds."]
        case .ignored: ["description": "Understood and without effect."]
        case .unsupported(let sentence): ["description": .string(sentence), "deprecated": true]
        }
    }

    private static func object(_ parameters: [Parameter]) -> JSON {
        let required = parameters.filter(\.isRequired).map { JSON.string($0.name) }
        return [
            "type": "object",
            "required": .array(required),
            "properties": .object(
                parameters.map { JSON.Member(key: $0.name, value: schema($0.type)) }
            ),
        ]
    }
}
