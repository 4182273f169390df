import JSON
import MerchantAPI
import Testing

/// The table of endpoints and what is made from it.
@Suite struct DescriptionTests {
    @Test("every operation has one endpoint, and no method and path comes twice")
    func table() {
        #expect(
            Set(Endpoint.all.map(\.operation)) == Set(MerchantAPI.Operation.allCases)
                && Endpoint.all.count == MerchantAPI.Operation.allCases.count
        )
        let places = Endpoint.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(places).count == places.count)
    }

    @Test("no endpoint names a parameter twice")
    func parameters() {
        for endpoint in Endpoint.all {
            let names = endpoint.parameters.map(\.name)
            #expect(Set(names).count == names.count, "\(endpoint.operation)")
        }
    }

    @Test("the description has every endpoint with its parameters and path variables")
    func openAPI() throws {
        let document = OpenAPI.document()
        #expect(document["openapi"] == "3.1.0")
        for endpoint in Endpoint.all {
            let method = endpoint.method.rawValue.lowercased()
            let operation = try #require(document["paths"]?[endpoint.path]?[method])
            #expect(operation["operationId"] == .string(endpoint.operation.rawValue))
        }
        let confirm = document["paths"]?["/v1/payment_intents/{intent}/confirm"]?["post"]
        #expect(confirm?["parameters"]?.asArray?.first?["name"] == "intent")
        let form = confirm?["requestBody"]?["content"]?["application/x-www-form-urlencoded"]
        #expect(form?["schema"]?["properties"]?["payment_method"] != nil)
        #expect(try JSON(parsing: document.serialized()) == document)
    }

    @Test("versions are listed newest first, with what each changed")
    func versions() {
        let versions = ResourceRenderer.versions()
        #expect(versions.first?["id"] == .string(APIVersion.current.rawValue))
        #expect(versions.first?["current"] == true)
        let changed = versions.filter { $0["changes"] != [] }
        #expect(changed.map { $0["id"] } == [.string(APIVersion.latestChargeOnly.rawValue)])
        #expect(APIVersion(rawValue: "1999-01-01") == nil)
        #expect(APIVersion.served == APIVersion.served.sorted())
    }
}
