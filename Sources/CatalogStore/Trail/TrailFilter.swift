package import Postgres

/// Which events of the trail are wanted.
package struct TrailFilter: Hashable, Sendable {
  /// The principal's name.
  package var actor: String?
  /// `nil` for all.
  package var object: TrailObject?
  /// Empty for all.
  package var actions: Set<String> = []
  package var kinds: Set<TrailKind> = Set(TrailKind.allCases)
  /// From this time on.
  package var since: PostgresTimestamp?
  /// Before this time.
  package var until: PostgresTimestamp?
  package var requestID: String?

  package init() {}

  /// Whether an index finds what is wanted, not the order of places alone.
  var hasIndex: Bool {
    actor != nil || object != nil || requestID != nil || !actions.isEmpty || kinds.count < TrailKind.allCases.count
  }

  /// Conditions on rows of `audit_index`, by any one of which rows can be found in the order of places. Each stands for one action and
  /// one kind: an index has the places of several only one after the other.
  var branches: [SQL] {
    var common: SQL = "true"
    if let actor { common += " AND actor = \(actor)" }
    if let object { common += " AND \(object.condition)" }
    if let since { common += " AND occurred_at >= \(since)" }
    if let until { common += " AND occurred_at < \(until)" }
    if let requestID { common += " AND hashtextextended(request_id, 0) = hashtextextended(\(requestID), 0) AND request_id = \(requestID)" }
    let byAction = actions.isEmpty ? [common] : actions.sorted().map { common + " AND action = \($0)" }
    guard kinds.count < TrailKind.allCases.count else { return byAction }
    return byAction.flatMap { branch in
      kinds.sorted { $0.rawValue < $1.rawValue }.map { branch + " AND kind = \($0.rawValue)" }
    }
  }
}

/// Where a page of the trail begins, and which way it goes.
package enum TrailCursor: Hashable, Sendable {
  /// The newest first, from before a place; `nil` for the newest.
  case before(Int64?)
  /// The oldest first, from behind a place; -1 for the beginning.
  case after(Int64)
}

/// Events that were found, in the order of the cursor.
package struct TrailPage: Sendable {
  package let events: [IndexedEvent]
  /// The next page's cursor; `nil` when there is nothing more in that direction. Behind the newest event something may come: there the
  /// cursor is always told.
  package let next: TrailCursor?
  /// Every place before this one was looked at; events with later places are not known yet.
  package let indexed: Int64
  /// Places that were given.
  package let placed: Int64
}
