/// Writes requests as bytes.
enum RequestText {
    static func get(_ path: String, key: String) -> [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(key)\r
            \r

            """
            .utf8
        )
    }

    static func post(
        _ path: String,
        key: String?,
        idempotencyKey: String,
        form: String
    ) -> [UInt8] {
        let authorization = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return Array(
            """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            \(authorization)Idempotency-Key: \(idempotencyKey)\r
            Content-Type: application/x-www-form-urlencoded\r
            Content-Length: \(form.utf8.count)\r
            \r
            \(form)
            """
            .utf8
        )
    }
}
