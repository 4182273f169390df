import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("Lazy timer")
struct LazyTimerTests {
    @Test("It goes off when the time of its last start is up, and once")
    func last() {
        let loop = EmbeddedEventLoop()
        let timer = LazyTimer()
        var rings: [String] = []
        timer.start(100, on: loop) { rings.append("first") }
        loop.advanceTime(by: .milliseconds(90))
        timer.start(100, on: loop) { rings.append("second") }
        loop.advanceTime(by: .milliseconds(99))
        #expect(rings.isEmpty)
        loop.advanceTime(by: .milliseconds(1))
        #expect(rings == ["second"])
        loop.advanceTime(by: .seconds(1))
        #expect(rings == ["second"])
    }

    @Test("An earlier time does not wait for a later alarm")
    func earlier() {
        let loop = EmbeddedEventLoop()
        let timer = LazyTimer()
        var rings = 0
        timer.start(1_000, on: loop) { rings += 100 }
        timer.start(10, on: loop) { rings += 1 }
        loop.advanceTime(by: .milliseconds(10))
        #expect(rings == 1)
    }

    @Test("A stopped one is silent until it is started again")
    func stop() {
        let loop = EmbeddedEventLoop()
        let timer = LazyTimer()
        var rings = 0
        timer.start(10, on: loop) { rings += 1 }
        timer.stop()
        loop.advanceTime(by: .milliseconds(5))
        timer.start(10, on: loop) { rings += 1 }
        loop.advanceTime(by: .milliseconds(9))
        #expect(rings == 0)
        loop.advanceTime(by: .milliseconds(1))
        #expect(rings == 1)
    }
}
