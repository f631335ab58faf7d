package import JSON

/// How far walks have come: what is kept between them. Times are the MLflow server's own, in milliseconds.
package struct MLflowWatermark: Hashable, Sendable {
  /// A version in the state that was told.
  struct Told: Hashable, Sendable {
    var key: MLflowVersionKey
    var changedAtMs: Int64
  }

  /// A version of which more may be found.
  struct Open: Hashable, Sendable {
    var key: MLflowVersionKey
    /// When it was first met, by our own clock.
    var sinceMs: Int64
  }

  /// Whatever changed before this, less the overlap of walks, has been told. `nil` before the first walk.
  package internal(set) var changedAtMs: Int64?
  /// What has been told of the time that walks overlap, oldest first.
  var told: [Told] = []
  /// In the order they were met.
  var open: [Open] = []

  static let maximumTold = 10_000
  static let maximumOpen = 1_000

  /// Before the first walk; also to walk everything again.
  package init() {}

  /// Moves on to what was told at last.
  ///
  /// - Parameters:
  ///   - reached: everything that changed before it has been told.
  ///   - nowMs: by our own clock. A single version from the future must not hide all that come before it.
  mutating func advance(to reached: Int64, telling new: [Told], overlapMs: Int64, nowMs: Int64) {
    let mark = max(changedAtMs ?? .min, min(reached, nowMs))
    changedAtMs = mark
    let floor = mark.subtractingReportingOverflow(overlapMs).partialValue
    var kept = Dictionary(told.map { ($0.key, $0) }) { $1 }
    for entry in new { kept[entry.key] = entry }
    told = kept.values.filter { $0.changedAtMs >= floor }
      .sorted { ($0.changedAtMs, $0.key.model, $0.key.version) < ($1.changedAtMs, $1.key.model, $1.key.version) }
      .suffix(Self.maximumTold)
  }

  /// Remembers to look at a version again, or no longer.
  mutating func keep(_ key: MLflowVersionKey, open isOpen: Bool, sinceMs: Int64) {
    let place = open.firstIndex { $0.key == key }
    if isOpen, place == nil { open.append(Open(key: key, sinceMs: sinceMs)) }
    if !isOpen, let place { open.remove(at: place) }
    if open.count > Self.maximumOpen { open.removeFirst(open.count - Self.maximumOpen) }
  }
}

extension MLflowWatermark: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let changedAtMs { $0.field("changed-at-ms", changedAtMs) }
      $0.field("told", array: { for entry in told { Self.write(entry.key, "changed-at-ms", entry.changedAtMs, to: &$0) } })
      $0.field("open", array: { for entry in open { Self.write(entry.key, "since-ms", entry.sinceMs, to: &$0) } })
    }
  }

  private static func write(_ key: MLflowVersionKey, _ word: StaticString, _ time: Int64, to writer: inout JSONWriter) {
    writer.object {
      $0.field("model", key.model)
      $0.field("version", key.version)
      $0.field(word, time)
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    changedAtMs = try object.optional("changed-at-ms").map { value throws(JSONError) in try value.int64() }
    told = try object.required("told").array().decode { value throws(JSONError) in
      let entry = try value.object()
      return Told(key: try Self.key(entry), changedAtMs: try entry.required("changed-at-ms").int64())
    }
    open = try object.required("open").array().decode { value throws(JSONError) in
      let entry = try value.object()
      return Open(key: try Self.key(entry), sinceMs: try entry.required("since-ms").int64())
    }
  }

  private static func key(_ entry: JSONObject) throws(JSONError) -> MLflowVersionKey {
    MLflowVersionKey(model: try entry.required("model").string(), version: try entry.required("version").string())
  }
}
