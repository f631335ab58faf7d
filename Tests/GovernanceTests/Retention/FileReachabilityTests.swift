import SeededRandom
import Testing

@testable import Governance

/// Against a model that knows all at once: what is left is reached by what expired and by nothing that is kept.
@Suite struct FileReachabilityTests {
  @Test func nothingReachableIsEverLeftAndNothingUnreachableIsForgotten() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      let files = (0..<Int.random(in: 1...60, using: &random)).map { "f\($0)" }
      let snapshots = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        files.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      }
      let expired = snapshots.indices.filter { _ in Bool.random(using: &random) }
      let kept = snapshots.indices.filter { !expired.contains($0) }
      let capacity = Int.random(in: 1...20, using: &random)
      var reachability = FileReachability(capacity: capacity)
      var doomed: [String] = []
      func flush() {
        for index in kept { for file in snapshots[index] { reachability.keep(file) } }
        doomed += reachability.takeUnreached().map(\.path)
      }
      for index in expired {
        for file in snapshots[index] {
          reachability.offer(.init(path: file, kind: .data, snapshotID: Int64(index)))
          if reachability.isFull { flush() }
        }
      }
      flush()
      let reached = Set(kept.flatMap { snapshots[$0] })
      #expect(Set(doomed) == Set(expired.flatMap { snapshots[$0] }).subtracting(reached))
    }
  }

  @Test func whatIsNamedGoesBeforeWhatNamesIt() {
    var reachability = FileReachability()
    for (path, kind) in [("l", FileReachability.Kind.manifestList), ("m", .manifest), ("b", .data), ("a", .data), ("d", .deletes)] {
      reachability.offer(.init(path: path, kind: kind))
    }
    #expect(reachability.takeUnreached().map(\.path) == ["a", "b", "d", "m", "l"])
    #expect(reachability.isEmpty)
  }

  @Test func spellingsOfOneLetterAreTwoFiles() {
    var reachability = FileReachability()
    reachability.offer(.init(path: "caf\u{E9}", kind: .data))
    reachability.keep("cafe\u{301}")
    #expect(reachability.takeUnreached().count == 1)
  }
}
