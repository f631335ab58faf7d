import Catalog
import CatalogStore
import HTTPTypes
import JSON
import NIOCore
import Postgres
import TransparencyLog

/// The log over all events: its signed heads, its hashes, its proofs, and what it is made of.
struct LogController: Sendable {
  let catalog: Catalog

  func listLogKeys(_ call: Call) async throws -> Reply {
    let (origin, keys) = try await catalog.logKeys(call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("origin", origin)
          $0.field(
            "keys",
            array: { list in
              for key in keys {
                list.object {
                  $0.field("verifier", key.key.verifier)
                  $0.field("added-at-ms", key.key.addedAt.milliseconds)
                  $0.field("signs", key.signs)
                }
              }
            })
        }
      })
  }

  func latestCheckpoint(_ call: Call) async throws -> Reply {
    Reply(text: try await catalog.checkpoint(size: nil, call.context).note, isFinal: false)
  }

  func loadCheckpoint(_ call: Call) async throws -> Reply {
    guard let size = Int64(try call.parameter("size")), size > 0 else {
      throw CatalogError.badRequest("The path names no size of the log: a whole number, 1 or more")
    }
    return Reply(text: try await catalog.checkpoint(size: size, call.context).note, isFinal: true)
  }

  func listCheckpoints(_ call: Call) async throws -> Reply {
    let page = try await catalog.checkpoints(
      after: call.count("after") ?? 0, limit: call.number("limit", 1...Catalog.maximumCheckpoints) ?? 100, call.context)
    return Reply(
      json: JSONWriter.text(reservingBytes: 256 + page.checkpoints.count * 512) { writer in
        writer.object {
          $0.field(
            "checkpoints",
            array: { list in
              for checkpoint in page.checkpoints {
                list.object {
                  $0.field("size", checkpoint.size)
                  $0.field("note", checkpoint.note)
                  $0.field("signed-at-ms", checkpoint.signedAt.milliseconds)
                }
              }
            })
          if let next = page.next { $0.field("next-after", next) }
        }
      })
  }

  func loadTile(_ call: Call) async throws -> Reply {
    guard let level = Int(try call.parameter("level")), 0...7 ~= level, let index = Int64(try call.parameter("index")), index >= 0 else {
      throw CatalogError.badRequest("The path names no tile: its level is from 0 to 7 and its index a whole number, 0 or more")
    }
    let hashes = try await catalog.tile(
      Tile(level: level, index: UInt64(index)), width: call.number("width", 1...Tile.width), call.context)
    return Reply(bytes: ByteBuffer(bytes: hashes))
  }

  func listLogEntries(_ call: Call) async throws -> Reply {
    let entries = try await catalog.logEntries(
      from: call.count("from") ?? 0, limit: call.number("limit", 1...Catalog.maximumLogEntries) ?? 1_024, call.context)
    var buffer = ByteBuffer()
    buffer.reserveCapacity(entries.reduce(0) { $0 + 128 + ($1.row?.canonical.count ?? 0) })
    for entry in entries { entry.write(to: &buffer) }
    return Reply(bytes: buffer)
  }

  func listEventsWithoutPlace(_ call: Call) async throws -> Reply {
    let events = try await catalog.eventsWithoutPlace(call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("events", events.map(\.description)) } })
  }

  func proveInclusion(_ call: Call) async throws -> Reply {
    guard let event = try call.query("event").flatMap({ PostgresUUID($0) }) else {
      throw CatalogError.badRequest("The query parameter event must be the id of an event, a UUID")
    }
    let leaf = try call.query("leaf").map { text in
      guard let hash = [UInt8](hexadecimal: text), hash.count == NodeHash.sizeBytes else {
        throw CatalogError.badRequest("The query parameter leaf must be a leaf hash: 64 hexadecimal digits")
      }
      return hash
    }
    let proof = try await catalog.proveInclusion(of: AuditEventID(event), leafHash: leaf, size: call.count("size"), call.context)
    return Reply(text: String(decoding: proof.bytes, as: UTF8.self), isFinal: false)
  }

  func proveConsistency(_ call: Call) async throws -> Reply {
    guard let from = try call.count("from") else { throw CatalogError.badRequest("The query parameter from must be a size of the log") }
    let proof = try await catalog.proveConsistency(from: from, to: call.count("to"), call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("from", Int64(proof.oldSize))
          $0.field("to", Int64(proof.newSize))
          $0.field("hashes", proof.hashes.map { Base64.encode($0) })
        }
      })
  }
}

extension LogEntry {
  /// Numbers are big-endian: place 8 bytes, event 16 (zeros when nothing has the place), which parts follow 1; then, if there, the hash that the tree has 32; then, if
  /// there, the row: microseconds since 1970 8, leaf hash 32, length 4, the event's canonical text.
  fileprivate func write(to buffer: inout ByteBuffer) {
    buffer.writeInteger(place)
    buffer.writeInteger(event.high)
    buffer.writeInteger(event.low)
    buffer.writeInteger(UInt8((treeHash == nil ? 0 : 1) | (row == nil ? 0 : 2)))
    if let treeHash { buffer.writeBytes(treeHash) }
    guard let row else { return }
    buffer.writeInteger(row.occurredAt.microseconds)
    // What somebody wrote there need not be a hash; its first 32 bytes tell that as well as all.
    buffer.writeBytes((row.leafHash + [UInt8](repeating: 0, count: 32)).prefix(32))
    buffer.writeInteger(UInt32(row.canonical.count))
    buffer.writeBytes(row.canonical)
  }
}

extension Reply {
  /// A plain text.
  ///
  /// - Parameter isFinal: whether it never becomes another.
  fileprivate init(text: String, isFinal: Bool) {
    self.init(status: .ok)
    headers[.contentType] = "text/plain; charset=utf-8"
    headers[.cacheControl] = isFinal ? "private, max-age=31536000, immutable" : "no-cache"
    body = ByteBuffer(string: text)
  }

  fileprivate init(bytes: ByteBuffer) {
    self.init(status: .ok)
    headers[.contentType] = "application/octet-stream"
    body = bytes
  }
}
