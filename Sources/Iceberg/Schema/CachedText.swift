import JSON
import Synchronization

/// The JSON of a value, written when it is first asked for and shared by the value's copies. It takes no part in equality.
struct CachedText: Hashable, Sendable {
  private final class Box: Sendable {
    let bytes = Mutex<[UInt8]?>(nil)
  }

  private let box = Box()

  func bytes(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    box.bytes.withLock { bytes in
      if let bytes { return bytes }
      let text = JSONWriter.text(write)
      bytes = text
      return text
    }
  }

  static func == (_: Self, _: Self) -> Bool { true }
  func hash(into _: inout Hasher) {}
}
