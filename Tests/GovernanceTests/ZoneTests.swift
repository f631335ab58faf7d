import Foundation
import Testing

@testable import Governance

@Suite struct ZoneTests {
  /// The database refuses kinds that the code does not know, and knows all that the code may store.
  @Test func kindsAreThoseOfTheDatabase() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../migrations/0001_catalog.sql")
    let script = try String(contentsOf: file, encoding: .utf8)
    let list = try #require(script.firstMatch(of: /kind IN \(([^)]*)\)\),\s*is_default/)).output.1
    let kinds = list.matches(of: /'([a-z]+)'/).map { String($0.output.1) }
    #expect(kinds == Zone.Kind.allCases.map(\.rawValue))
    #expect(Zone.Kind.allCases.contains(Zone.initial.kind))
  }
}
