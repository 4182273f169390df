import Glibc

/// Finds a text in bytes; the C library's own search is not in Swift's Glibc module.
enum ByteSearch {
    /// Where the text first begins.
    static func firstIndex(of text: StaticString, in bytes: [UInt8]) -> Int? {
        let length = text.utf8CodeUnitCount
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, length > 0 else { return nil }
            var start = 0
            while start + length <= bytes.count {
                guard
                    let found = memchr(
                        base + start,
                        Int32(text.utf8Start.pointee),
                        bytes.count - start - length + 1
                    )
                else { return nil }
                let place = base.distance(to: UnsafeRawPointer(found))
                if memcmp(base + place, text.utf8Start, length) == 0 { return place }
                start = place + 1
            }
            return nil
        }
    }
}
