import TestKit
import Testing

@testable import Postgres

/// A connection that is only a number.
private struct Plug: Identifiable, Equatable {
    var id: Int
}

@Suite("The pool's state machine")
struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<Plug, String>
    private let start = ContinuousClock.now

    private func machine(connections: Int = 2, waiting: Int = 3) -> Machine {
        Machine(maximumConnections: connections, maximumWaiting: waiting)
    }

    /// Asks for a connection and says what came of it, in a word.
    private func ask(_ machine: inout Machine, _ waiter: String, after seconds: Int = 10) -> String
    {
        let id = machine.makeWaiterID()
        switch machine.lease(waiter, id: id, deadline: start + .seconds(seconds)) {
        case .grant(let plug, let waiter): return "\(waiter) has \(plug.id)"
        case .wait(let opening, let startsTimer):
            return "wait, open \(opening)" + (startsTimer ? ", timer" : "")
        case .refuse(.isFull, _): return "full"
        case .refuse(.isClosed, _): return "closed"
        }
    }

    @Test("Connections are opened as they are asked for, up to the limit")
    func opening() {
        var machine = machine()
        #expect(ask(&machine, "a") == "wait, open 1, timer")
        #expect(ask(&machine, "b") == "wait, open 1")
        #expect(ask(&machine, "c") == "wait, open 0")
        #expect(ask(&machine, "d") == "full")
        #expect(machine.opening == 2)
    }

    @Test("Who came first is served first, by new and by returned connections alike")
    func order() {
        var machine = machine()
        for waiter in ["a", "b", "c"] { _ = ask(&machine, waiter) }
        let first = machine.opened(Plug(id: 1))
        #expect(first.grant?.1 == "a")
        let back = machine.release(Plug(id: 1), isUsable: true)
        #expect(back.grant?.0 == Plug(id: 1))
        #expect(back.grant?.1 == "b")
        #expect(machine.opened(Plug(id: 2)).grant?.1 == "c")
        #expect(machine.leased == 2)
        #expect(machine.waitingCount == 0)
    }

    @Test("Nobody overtakes the line")
    func noOvertaking() {
        var machine = machine(connections: 1)
        _ = ask(&machine, "a")
        _ = machine.opened(Plug(id: 1))
        _ = ask(&machine, "b")
        #expect(machine.release(Plug(id: 1), isUsable: true).grant?.1 == "b")
        #expect(machine.takeIdle() == nil)
    }

    @Test("The idle connection that was used last is taken first")
    func warmest() {
        var machine = machine()
        _ = ask(&machine, "a")
        _ = ask(&machine, "b")
        _ = machine.opened(Plug(id: 1))
        _ = machine.opened(Plug(id: 2))
        _ = machine.release(Plug(id: 1), isUsable: true)
        _ = machine.release(Plug(id: 2), isUsable: true)
        #expect(machine.takeIdle() == Plug(id: 2))
        #expect(ask(&machine, "c") == "c has 1")
    }

    @Test("A broken connection is replaced if somebody waits")
    func replaced() {
        var machine = machine(connections: 1)
        _ = ask(&machine, "a")
        _ = machine.opened(Plug(id: 1))
        _ = ask(&machine, "b")
        let handover = machine.release(Plug(id: 1), isUsable: false)
        #expect(handover.close == Plug(id: 1))
        #expect(handover.opening == 1)
        #expect(handover.grant == nil)
        #expect(machine.opened(Plug(id: 2)).grant?.1 == "b")
    }

    @Test("After a failure one attempt at a time is made, and success opens the rest")
    func failures() {
        var machine = machine(connections: 3)
        _ = ask(&machine, "a")
        #expect(machine.openFailed() == .retry(failures: 1))
        #expect(ask(&machine, "b") == "wait, open 0")
        #expect(machine.retryIsDue() == true)
        #expect(machine.openFailed() == .retry(failures: 2))
        #expect(machine.retryIsDue() == true)
        let handover = machine.opened(Plug(id: 1))
        #expect(handover.grant?.1 == "a")
        #expect(handover.opening == 1)
        #expect(machine.failures == 0)
    }

    @Test("Nothing is attempted for nobody")
    func nobodyWaits() {
        var machine = machine()
        _ = ask(&machine, "a", after: 1)
        #expect(machine.openFailed() == .retry(failures: 1))
        #expect(machine.expire(at: start + .seconds(1)).expired == ["a"])
        #expect(machine.retryIsDue() == false)
        #expect(machine.opening == 0)
        #expect(ask(&machine, "b") == "wait, open 1, timer")
    }

    @Test("Time runs out in the order of the line")
    func expiry() {
        var machine = machine(connections: 1)
        _ = ask(&machine, "a", after: 1)
        _ = ask(&machine, "b", after: 2)
        _ = ask(&machine, "c", after: 3)
        let (expired, next) = machine.expire(at: start + .seconds(2))
        #expect(expired == ["a", "b"])
        #expect(next == start + .seconds(3))
        #expect(machine.opened(Plug(id: 1)).grant?.1 == "c")
        #expect(machine.expire(at: start + .seconds(9)).nextDeadline == nil)
    }

    @Test("One timer at a time watches the line")
    func oneTimer() {
        var machine = machine(connections: 1)
        _ = ask(&machine, "a")
        _ = machine.opened(Plug(id: 1))
        for waiter in ["b", "c"] {
            #expect(ask(&machine, waiter) == "wait, open 0")
            _ = machine.release(Plug(id: 1), isUsable: true)
        }
        #expect(machine.expire(at: start).nextDeadline == nil)
        #expect(ask(&machine, "d") == "wait, open 0, timer")
    }

    @Test("A task may leave the line from its middle")
    func leaving() {
        var machine = machine(connections: 1)
        _ = ask(&machine, "a")
        let id = machine.makeWaiterID()
        _ = machine.lease("b", id: id, deadline: start)
        _ = ask(&machine, "c")
        #expect(machine.cancelWaiter(id) == "b")
        #expect(machine.cancelWaiter(id) == nil)
        #expect(machine.opened(Plug(id: 1)).grant?.1 == "a")
        #expect(machine.release(Plug(id: 1), isUsable: true).grant?.1 == "c")
    }

    @Test("An idle connection that broke is forgotten, a leased one is not")
    func lost() {
        var machine = machine()
        _ = ask(&machine, "a")
        _ = machine.opened(Plug(id: 1))
        #expect(machine.idleConnectionWasLost(1) == false)
        _ = machine.release(Plug(id: 1), isUsable: true)
        #expect(machine.idleConnectionWasLost(1) == true)
        #expect(machine.takeIdle() == nil)
    }

    @Test("Shutting down refuses, closes what is idle, and waits for what is leased")
    func shutDown() {
        var machine = machine()
        _ = ask(&machine, "a")
        _ = ask(&machine, "b")
        _ = machine.opened(Plug(id: 1))
        _ = machine.opened(Plug(id: 2))
        _ = machine.release(Plug(id: 2), isUsable: true)
        let (idle, waiting) = machine.shutDown()
        #expect(idle == [Plug(id: 2)])
        #expect(waiting == [])
        #expect(!machine.isDrained)
        #expect(ask(&machine, "c") == "closed")
        let last = machine.release(Plug(id: 1), isUsable: true)
        #expect(last.close == Plug(id: 1))
        #expect(last.isDrained)
    }

    @Test("A connection that comes up after the end is closed")
    func lateConnection() {
        var machine = machine()
        _ = ask(&machine, "a")
        #expect(machine.shutDown().waiting == ["a"])
        let late = machine.opened(Plug(id: 1))
        #expect(late.close == Plug(id: 1))
        #expect(late.isDrained)
    }

    @Test("Under random use the limits hold and nobody is forgotten", arguments: [1, 2, 3, 4, 5])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = Machine(maximumConnections: 3, maximumWaiting: 20)
        var leased: [Plug] = []
        var opening = 0
        var lastPlug = 0
        var asked = 0
        var served: [Int] = []
        func take(_ handover: Machine.Handover) {
            if let (plug, waiter) = handover.grant {
                leased.append(plug)
                served.append(Int(waiter) ?? -1)
            }
            opening += handover.opening
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                asked += 1
                let id = machine.makeWaiterID()
                switch machine.lease("\(asked)", id: id, deadline: start) {
                case .grant(let plug, let waiter):
                    leased.append(plug)
                    served.append(Int(waiter) ?? -1)
                case .wait(let more, _): opening += more
                case .refuse: break
                }
            case 1 where opening > 0:
                opening -= 1
                lastPlug += 1
                take(machine.opened(Plug(id: lastPlug)))
            case 2 where opening > 0:
                if machine.openFailed() == .giveUp(isDrained: false) { opening -= 1 }
            case 3 where !leased.isEmpty:
                let plug = leased.remove(at: Int.random(in: 0..<leased.count, using: &generator))
                take(machine.release(plug, isUsable: Bool.random(using: &generator)))
            default: break
            }
            #expect(machine.idle.count + machine.leased + machine.opening <= 3)
            #expect(machine.leased == leased.count)
            #expect(machine.opening == opening)
            #expect(machine.idle.isEmpty || machine.waitingCount == 0)
            #expect(machine.waitingCount == 0 || machine.opening + machine.leased > 0)
        }
        #expect(served == served.sorted())
        #expect(served.count > 100)
    }
}
