import Catalog
import CatalogStore
import JSON
import ServiceLifecycle

/// The events of everything that changes, in order.
struct EventController: Sendable {
  let catalog: Catalog

  private static let defaultLimit = 100

  func listEvents(_ call: Call) async throws -> Reply {
    let filter = EventFilter(actions: try Self.actions(call.query("action")), object: try AccessObject(query: call))
    let wait = try call.number("wait", 0...Int(Catalog.longestWait.components.seconds)) ?? 0
    let page = try await catalog.events(
      Self.cursor(call.query("after")), filter, limit: call.number("limit", 1...Catalog.maximumEvents) ?? Self.defaultLimit,
      wait: .seconds(Int64(wait)), call.context, isEnding: { Task.isShuttingDownGracefully })
    return Reply(
      json: JSONWriter.text(reservingBytes: 256 + page.events.count * 1_024) { writer in
        writer.object {
          $0.field("events", array: { for event in page.events { CloudEvent.write(event, to: &$0) } })
          $0.field("next-after", page.next)
        }
      })
  }

  private static func cursor(_ text: String?) throws -> EventCursor {
    guard let text, !text.isEmpty else { return .after(-1) }
    if text == "end" { return .end }
    guard let place = Int64(text), place >= -1 else {
      throw CatalogError.badRequest("The query parameter after is \"\(text)\"; it must be the place of an event, -1 or end")
    }
    return .after(place)
  }

  /// `update-table,drop-table`
  private static func actions(_ text: String?) throws -> Set<String> {
    Set(try (text ?? "").split(separator: ",").map { try CatalogAction(named: String($0)).rawValue })
  }
}

extension CatalogAction {
  init(named name: String) throws {
    guard let action = Self(rawValue: name) else {
      throw CatalogError.badRequest("\"\(name)\" is no action; events are of actions such as update-table, drop-table, grant")
    }
    self = action
  }
}

extension Call {
  /// A whole number of the query; `nil` when absent.
  func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let text = try query(name), !text.isEmpty else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw CatalogError.badRequest(
        "The query parameter \(name) is \"\(text)\"; it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
