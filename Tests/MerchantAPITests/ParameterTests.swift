import MerchantAPI
import Testing

/// Parameters against their schemas.
@Suite struct ParameterTests {
    private func refusal(_ operation: MerchantAPI.Operation, _ form: String) -> APIError? {
        do throws(APIError) {
            let form = try FormParameters(parsing: form.utf8)
            _ = try ParameterValidation(Endpoint.of(operation).parameters).read(form)
            return nil
        } catch {
            return error
        }
    }

    private func read(
        _ operation: MerchantAPI.Operation,
        _ form: String
    ) throws -> ValidatedParameters {
        let form = try FormParameters(parsing: form.utf8)
        return try ParameterValidation(Endpoint.of(operation).parameters).read(form)
    }

    @Test("a wrong parameter is refused with the code and name of the contract")
    func table() throws {
        let rows: [(MerchantAPI.Operation, String, String?, String?)] = [
            (.createPaymentIntent, "amount=5&currency=inr&bogus=1", "parameter_unknown", "bogus"),
            (.createPaymentIntent, "currency=inr", "parameter_missing", "amount"),
            (.createPaymentIntent, "amount=&currency=inr", "parameter_missing", "amount"),
            (
                .createPaymentIntent, "amount=abc&currency=inr", "parameter_invalid_integer",
                "amount"
            ),
            (
                .createPaymentIntent, "amount=1.5&currency=inr", "parameter_invalid_integer",
                "amount"
            ),
            (
                .createPaymentIntent, "amount=-5&currency=inr", "parameter_invalid_integer",
                "amount"
            ),
            (.createPaymentIntent, "amount=0&currency=inr", "amount_too_small", "amount"),
            (.createPaymentIntent, "amount=500&currency=xxq", "invalid_currency", "currency"),
            (
                .createPaymentIntent, "amount=500&currency=inr&card[number]=1",
                "parameter_unknown", "card"
            ),
            (
                .createPaymentIntent, "amount=500&currency=inr&customer=cus_1",
                "resource_missing", "customer"
            ),
            (
                .createPaymentIntent, "amount=500&currency=inr&shipping[name]=x",
                "parameter_missing", "shipping[address]"
            ),
            (
                .createPaymentIntent,
                "amount=500&currency=inr&shipping[name]=x&shipping[address][planet]=y",
                "parameter_unknown", "shipping[address][planet]"
            ),
            (
                .createPaymentIntent, "amount=500&currency=inr&confirm=", "parameter_invalid_empty",
                "confirm"
            ),
            (.createPaymentIntent, "amount=500&currency=inr&confirm=maybe", nil, "confirm"),
            (
                .createPaymentIntent, "amount=500&currency=inr&payment_method_types[]=klarna", nil,
                "payment_method_types[0]"
            ),
            (.listPaymentIntents, "limit=0", "parameter_invalid_integer", "limit"),
            (.listPaymentIntents, "limit=101", "parameter_invalid_integer", "limit"),
            (.listPaymentIntents, "limit=x", "parameter_invalid_integer", "limit"),
            (.listPaymentIntents, "created[near]=1", "parameter_unknown", "created[near]"),
        ]
        for (operation, form, code, parameter) in rows {
            let error = try #require(refusal(operation, form), "\(form) was accepted")
            #expect(error.status == 400 && error.code == code, "\(form)")
            #expect(error.parameter == parameter, "\(form)")
        }
    }

    @Test("an empty text unsets what can be unset")
    func unset() throws {
        let read = try read(.updatePaymentIntent, "description=&shipping=&metadata=")
        #expect(read["description"] == .unset)
        #expect(read["shipping"] == .unset)
        #expect(read.metadata()?.clearsFirst == true)
    }

    @Test("a currency may be written in any case and is lower-case from there on")
    func currency() throws {
        let read = try read(.createPaymentIntent, "amount=500&currency=INR")
        #expect(read.text("currency") == "inr")
    }

    @Test("metadata has at most 50 keys of 40 characters with values of 500, all texts")
    func metadata() throws {
        func form(_ metadata: String) -> String { "amount=500&currency=inr&" + metadata }
        let fifty = (0..<50).map { "metadata[k\($0)]=v" }.joined(separator: "&")
        #expect(try read(.createPaymentIntent, form(fifty)).metadata()?.steps.count == 50)
        let longKey = String(repeating: "k", count: 41)
        let longValue = String(repeating: "v", count: 501)
        for wrong in [
            fifty + "&metadata[k50]=v", "metadata[\(longKey)]=v", "metadata[k]=\(longValue)",
            "metadata[a][b]=v", "metadata=v",
        ] {
            #expect(refusal(.createPaymentIntent, form(wrong)) != nil, "\(wrong.prefix(40))")
        }
        let removal = try read(.updatePaymentIntent, "metadata[k]=").metadata()
        #expect(removal?.steps.first?.value == .some(nil))
    }

    @Test("created is a moment or half-open bounds")
    func created() throws {
        let exact = try read(.listPaymentIntents, "created=100").timeFilter()
        #expect(exact == TimeFilter(from: 100, before: 101))
        let bounds = try read(.listPaymentIntents, "created[gt]=5&created[lte]=9").timeFilter()
        #expect(bounds == TimeFilter(from: 6, before: 10))
    }

    @Test(
        "a card number is refused wherever no card belongs, and not repeated",
        arguments: [
            "description=4242424242424242", "description=4242-4242-4242-4242",
            "metadata[note]=pay+with+5555555555554444+please", "metadata[4242424242424242]=x",
            "receipt_email=378282246310005",
            "shipping[name]=4242424242424242&shipping[address][city]=x",
        ]
    )
    func cardNumbers(text: String) throws {
        let form = "amount=500&currency=inr&" + text
        let error = try #require(refusal(.createPaymentIntent, form))
        for digits in ["4242", "5555", "3782"] {
            #expect(!error.message.contains(digits))
            #expect(error.parameter?.contains(digits) != true)
        }
    }

    @Test("numbers that are no card numbers are let through")
    func otherNumbers() throws {
        for text in [
            "1234567890123456", "4242424242424243", "9876543210", "42424242424242424242424",
        ] {
            #expect(!SensitiveText.holdsCardNumber(text), "\(text)")
        }
        #expect(SensitiveText.holdsCardNumber("x 4000 0000 0000 0002 y"))
        // Digits of its groups together pass for a card number; the key of a request may be such.
        let key = "97f143df-3fbe-4790-9433-769826047db1"
        #expect(!SensitiveText.holdsCardNumber(key))
        #expect(!SensitiveText.holdsCardNumber("order-" + key))
        #expect(SensitiveText.holdsCardNumber(key + " 4242424242424242"))
        #expect(SensitiveText.holdsCardNumber("4242424242424242-" + key))
    }
}
