public import JSON
public import Money

/// Renders a merchant's clock.
extension ResourceRenderer {
    /// The clock; it is ready when everything that was due by its time is done.
    public func testClock(at moment: Timestamp) -> JSON {
        [
            "object": "test_helpers.test_clock",
            "frozen_time": .moment(moment),
            "livemode": false,
            "status": "ready",
        ]
    }
}
