import Catalog
import CatalogStore
import Compression
import HTTPTypes
import Iceberg
import JSON
import Lineage
import NIOCore
import Postgres

/// Lineage: events of OpenLineage come in, traces go out.
struct LineageController: Sendable {
  let catalog: Catalog

  /// What a body may be once it is unpacked.
  static let maximumSizeBytes = 32 << 20
  private static let defaultDepth = 5
  private static let maximumColumns = 20_000

  // MARK: Events

  /// One event, or a list of them as ``postEventBatch(_:)`` takes it (OpenLineage.yml, `postRunEvent`).
  func postRunEvent(_ call: Call) async throws -> Reply {
    let json = try Self.body(of: call)
    guard json.kind != .array else { return try await batch(json.array(), call) }
    _ = try await catalog.reportLineage([Self.received(json)], call.context)
    return Self.reply(received: 1, failed: [])
  }

  /// Each event by itself: those that are malformed are named in the answer, the others are kept (OpenLineage.yml, `postEventBatch`).
  func postEventBatch(_ call: Call) async throws -> Reply { try await batch(Self.body(of: call).array(), call) }

  private func batch(_ array: JSONArray, _ call: Call) async throws -> Reply {
    let count = array.count
    guard count <= LineageEvent.maximumCount else {
      throw CatalogError.badRequest("There are \(count) events in the request; \(LineageEvent.maximumCount) are allowed")
    }
    var events: [ReceivedEvent] = []
    var failed: [FailedEvent] = []
    for (index, json) in array.enumerated() {
      do { events.append(try Self.received(json)) } catch { failed.append(FailedEvent(index: index, reason: "\(error)")) }
    }
    _ = try await catalog.reportLineage(events, call.context)
    if let first = failed.first, events.isEmpty {
      throw CatalogError.badRequest("None of the \(count) events can be read; of the first, \(first.reason)")
    }
    return Self.reply(received: count, failed: failed)
  }

  private static func received(_ json: JSONValue) throws(JSONError) -> ReceivedEvent {
    let event = try LineageEvent(json: json)
    let run: RunID? = if case .run(let event) = event { event.run } else { nil }
    return ReceivedEvent(
      digest: EventDigest.of(json), run: run, time: PostgresTimestamp(microseconds: event.timeUs), document: Array(json.raw),
      checks: event.checks)
  }

  /// The body, unpacked as its `Content-Encoding` says.
  private static func body(of call: Call) throws -> JSONValue {
    let encoding = call.headers[.contentEncoding]?.lowercased() ?? "identity"
    switch encoding {
    case "identity", "": return try call.json
    case "gzip", "x-gzip":
      do {
        let bytes = try Gzip.decompress(Array(call.body.readableBytesView), maximumSizeBytes: maximumSizeBytes)
        return try JSONDocument(parsing: bytes, limits: Call.limits).root
      } catch CompressionError.tooLarge {
        throw ErrorReply(
          .contentTooLarge, "BadRequestException", "The request's body is too large once unpacked; \(maximumSizeBytes >> 20) MB are allowed"
        )
      } catch let error as CompressionError {
        throw CatalogError.badRequest("The request's body is not gzip: \(error)")
      }
    default:
      throw ErrorReply(
        .unsupportedMediaType, "BadRequestException", "Content-Encoding \"\(encoding.prefix(40))\" is not understood; use gzip or none")
    }
  }

  private struct FailedEvent {
    let index: Int
    let reason: String
  }

  private static func reply(received: Int, failed: [FailedEvent]) -> Reply {
    Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("status", failed.isEmpty ? "success" : "partial_success")
          $0.field(
            "summary",
            object: {
              $0.field("received", received)
              $0.field("successful", received - failed.count)
              $0.field("failed", failed.count)
              $0.field("retriable", 0)
              $0.field("non_retriable", failed.count)
            })
          $0.field(
            "failed_events",
            array: {
              for event in failed {
                $0.object {
                  $0.field("index", event.index)
                  $0.field("reason", event.reason)
                  $0.field("retriable", false)
                }
              }
            })
        }
      })
  }

  // MARK: Traces

  func traceLineage(_ call: Call) async throws -> Reply {
    guard let node = try call.query("node"), !node.isEmpty else {
      throw CatalogError.badRequest("Say where to start with node, such as dataset:main/ns/t, model:credit-risk@7 or job:scheduler/daily")
    }
    let text = try call.query("direction") ?? TraceDirection.upstream.rawValue
    guard let direction = TraceDirection(rawValue: text) else {
      throw CatalogError.badRequest("The query parameter direction is \"\(text)\"; it may be upstream, downstream or both")
    }
    var bounds = TraceBounds(
      direction: direction, depth: try call.number("depth", 1...Catalog.maximumTraceDepth) ?? Self.defaultDepth)
    bounds.asOf = try call.count("as-of-ms").map { time in
      guard time <= 253_402_300_799_999 else { throw CatalogError.badRequest("The query parameter as-of-ms lies beyond the year 9999") }
      return PostgresTimestamp(milliseconds: time)
    }
    let reference = try LineageReference(node)
    var wantsColumns = try call.flag("columns")
    if case .column = reference { wantsColumns = true }
    if wantsColumns { bounds.maximumColumns = Self.maximumColumns }
    return Reply(try await catalog.traceLineage(from: reference, bounds, call.context))
  }
}
