import Synchronization

@testable import Identity

/// A time of day that stands still until it is set.
final class SettableTime: Sendable {
  private let state: Mutex<Int64>

  init(_ seconds: Int64) { state = Mutex(seconds) }

  var seconds: Int64 {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  var clock: WallClock { WallClock { self.seconds } }
}
