import Testing
import Webhooks

@Suite("Endpoints are only where everybody can reach them")
struct AddressTests {
    private func refusal(_ text: String, _ policy: TargetPolicy = TargetPolicy()) -> TargetRefusal?
    {
        do throws(TargetRefusal) {
            _ = try TargetURL(text, policy: policy)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "Every spelling of an address that is not public is refused",
        arguments: [
            "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/",
            "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
            "https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
            "https://localhost/", "https://LOCALHOST/", "https://localhost./",
            "https://shop.localhost/", "https://10.0.0.1/", "https://10.255.255.255/",
            "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/",
            "https://100.64.0.1/", "https://100.100.100.200/", "https://169.254.169.254/",
            "https://169.254.170.2/", "https://168.63.129.16/", "https://192.0.0.192/",
            "https://192.0.2.1/", "https://192.88.99.1/", "https://198.18.0.1/",
            "https://198.51.100.7/", "https://203.0.113.9/", "https://224.0.0.1/",
            "https://240.0.0.1/", "https://255.255.255.255/", "https://[::1]/",
            "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[::ffff:8.8.8.8]/",
            "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::a00:1]/",
            "https://[2002:7f00:1::]/", "https://[2001::1]/", "https://[2001:db8::1]/",
            "https://[3fff::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/",
            "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[ff02::1]/",
            "https://[fec0::1]/", "https://[100::1]/", "https://[::ffff:0:127.0.0.1]/",
            "https://metadata/", "https://metadata.google.internal/", "https://printer.local/",
            "https://intranet/", "https://example.com:22/", "https://example.com:0/",
            "https://example.com:65536/", "https://example.com:080/", "https://example.com:/",
            "http://example.com/", "ftp://example.com/", "file:///etc/passwd",
            "gopher://example.com/", "https://user@example.com/", "https://user:pw@10.0.0.1/",
            "https://example.com#@127.0.0.1/", "https://example.com\\@127.0.0.1/",
            "https://exa mple.com/", "https://example.com/\r\nHost: x", "https:///path",
            "https://[::1", "https://::1/", "https://1.2.3/", "https://1.2.3.4.5/",
            "https://1.2.3.256/", "https://01.2.3.4/", "https://１２７.0.0.1/",
            "https://127。0。0。1/", "https://-bad.example/", "https://a..example/",
            "https://example.0x7f/", "https://[1.2.3.4]/", "", "https://",
        ]
    )
    func refused(text: String) {
        #expect(refusal(text) != nil)
    }

    @Test(
        "Public addresses are taken",
        arguments: [
            "https://example.com", "https://example.com/hooks?a=b", "HTTPS://Example.COM:8443/x",
            "https://8.8.8.8/", "https://[2606:4700::6810:84e5]/hook",
            "https://xn--bcher-kva.example/",
            "https://1.example.com/", "https://example.com?x=1", "https://172.15.0.1/",
            "https://172.32.0.1/", "https://100.128.0.1/", "https://11.0.0.1/",
        ]
    )
    func taken(text: String) {
        #expect(refusal(text) == nil)
    }

    @Test("An address is taken apart the way it is sent")
    func parts() throws {
        let url = try TargetURL("https://Example.COM:8443?x=1", policy: TargetPolicy())
        #expect(url.host == "example.com")
        #expect(url.port == 8_443)
        #expect(url.target == "/?x=1")
        #expect(url.authority == "example.com:8443")
        let wide = try TargetURL("https://[2606:4700::1]/a", policy: TargetPolicy())
        #expect(wide.authority == "[2606:4700::1]")
        #expect(wide.address?.description == "2606:4700:0:0:0:0:0:1")
    }

    @Test("This machine is reached only where development allows it, on any port")
    func loopback() {
        let own = TargetPolicy(allowsLoopback: true)
        for text in ["http://127.0.0.1:5000/", "http://localhost:5000/", "http://[::1]:5000/"] {
            #expect(refusal(text, own) == nil)
            #expect(refusal(text) != nil)
        }
        for text in ["http://10.0.0.1/", "http://example.com/", "https://example.com:5000/"] {
            #expect(refusal(text, own) != nil)
        }
        let filter = AddressFilter(allowsLoopback: true)
        for text in ["127.0.0.1", "127.255.0.9"] {
            #expect(IPAddress(version4: text).flatMap { filter.refusal(of: $0) } == nil)
        }
        for text in ["::ffff:127.0.0.1", "::"] {
            #expect(IPAddress(version6: text).flatMap { filter.refusal(of: $0) } != nil)
        }
    }
}
