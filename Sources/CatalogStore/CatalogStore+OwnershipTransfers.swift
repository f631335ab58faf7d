import Postgres
import TransparencyLog

extension CatalogStore {
  /// Transfers in the order in which they were offered.
  ///
  /// - Throws: what ``locate`` throws for an object that is not there.
  package func transfers(
    _ filter: OwnershipTransferFilter, _ page: PageRequest, _: Authorization
  ) async throws -> Page<OwnershipTransfer> {
    let after = try page.after.map { text in
      guard let id = PostgresUUID(text) else {
        throw PageRequest.foreignToken
      }
      return id
    }
    let rows = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      var condition: SQL = filter.includesAnswered ? "true" : "g.answer IS NULL"
      if let after { condition += " AND g.id > \(after)" }
      if let object = filter.object { condition += " AND g.object_id = \(try Self.located(object, on: connection, locking: false))" }
      if let (caller, names) = filter.concerned {
        condition += " AND (g.asked_by = \(caller) OR p.kind || ':' || p.name = ANY(\(names)))"
      }
      return try Self.transfers(condition, limit: page.size + 1, on: connection)
    }
    return Page(rows, size: page.size, key: \.id.description, element: { $0 })
  }

  static func transfers(_ condition: SQL, limit: Int, on connection: PostgresConnection) throws -> [OwnershipTransfer] {
    try connection.query(
      """
      SELECT g.id, g.object_kind, g.object_name, g.owner, p.kind, p.name, g.message, g.asked_by, g.asked_at, g.answer, g.answered_by,
        g.answered_at, g.reason, \(AccessObject.columns)
      FROM ownership_transfers g JOIN principals p ON p.id = g.recipient_id \(AccessObject.tables)
      WHERE \(condition) ORDER BY g.id LIMIT \(Int64(limit))
      """
    ) { row in
      let answer: String? = try row[9]
      return OwnershipTransfer(
        id: try row[0], object: try AccessObject(kind: try row[1], row, at: 13), objectName: try row[2], owner: try row[3],
        recipient: GranteeName(kind: try row[4], name: try row[5]), message: try row[6], askedBy: try row[7], askedAt: try row[8],
        answer: answer.flatMap(OwnershipTransfer.Answer.init), answeredBy: try row[10], answeredAt: try row[11], reason: try row[12])
    }
  }

  /// A transfer, before it is known who asks: for the question whether the caller may answer it.
  ///
  /// - Throws: ``CatalogError/noSuchTransfer(_:)``
  package func transfer(_ id: OwnershipTransferID) async throws -> OwnershipTransfer {
    let found = try await pool.run { connection in try Self.transfers("g.id = \(id)", limit: 1, on: connection) }
    guard let transfer = found.first else { throw CatalogError.noSuchTransfer("No such transfer: \(id)") }
    return transfer
  }

  /// Offers an object to somebody.
  ///
  /// - Throws: what ``locate`` throws; ``CatalogError/unprocessable(_:)`` for nobody, and when it is offered already.
  package func offer(
    _ object: GovernedObject, named name: AccessObject, to recipient: GranteeName, message: String, _ authorization: Authorization,
    answer: @escaping @Sendable (OwnershipTransfer) -> [UInt8]
  ) async throws -> OwnershipTransfer {
    let base = try await ownership(of: object, named: name, authorization)
    let recipient = try await pool.run { connection in try Self.answerable(recipient, on: connection) }
    guard recipient.description != base.owner else {
      throw CatalogError.unprocessable("\(recipient) owns the \(name.kindName) \(name.title) already")
    }
    let context = authorization.context
    let new = OwnershipTransfer(
      id: .new(), object: name, objectName: name.title, owner: base.ownOwner, recipient: recipient, message: message,
      askedBy: context.principal, askedAt: context.time, answer: nil, answeredBy: nil, answeredAt: nil, reason: nil)
    let event = AuditEvent(authorization, after: new.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        let id = try Self.located(name, on: connection, locking: true)
        try Self.keepPrincipals(changing: name, on: connection)
        try connection.execute(
          """
          INSERT INTO ownership_transfers (id, object_kind, object_id, object_name, owner, recipient_id, message, asked_by, asked_at)
          VALUES (\(new.id), \(name.storedKind), \(id), \(new.objectName), \(new.owner), \(try Self.principal(recipient, on: connection).id),
            \(message), \(new.askedBy), \(new.askedAt))
          """)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "ownership_transfers_open" {
      throw CatalogError.unprocessable(
        "The \(name.kindName) \(name.title) is offered to somebody already; withdraw that first: moraine owner transfers")
    }
    return new
  }

  /// Answers an offer; an accepted one changes the owner.
  ///
  /// - Throws: ``CatalogError/noSuchTransfer(_:)`` for one that was answered; ``CatalogError/unprocessable(_:)`` when the object is gone or
  ///   has another owner by now.
  package func answer(
    _ transfer: OwnershipTransfer, _ answer: OwnershipTransfer.Answer, reason: String, _ authorization: Authorization
  ) async throws {
    let context = authorization.context
    let event = AuditEvent(
      authorization, before: ["owner": transfer.owner.map { .string($0) } ?? .null],
      after: transfer.auditFacts.merging(["answer": .string(answer.rawValue), "reason": .string(reason)]) { $1 })
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        let owner = transfer.recipient.description
        if answer == .accepted {
          guard let object = transfer.object else { throw VersionMoved() }
          let id = try Self.located(object, on: connection, locking: true)
          try Self.keepPrincipals(changing: object, on: connection)
          try Self.setOwner(of: object, id, from: transfer.owner, to: owner, on: connection)
        }
        let closed = try connection.execute(
          """
          UPDATE ownership_transfers SET answer = \(answer.rawValue), answered_by = \(context.principal),
            answered_at = greatest(\(context.time), asked_at), reason = \(reason)
          WHERE id = \(transfer.id) AND answer IS NULL
          """)
        guard closed == 1 else { throw CatalogError.noSuchTransfer("The transfer \(transfer.id) was answered already") }
      }
    } catch is VersionMoved {
      throw CatalogError.unprocessable(
        "\(transfer.objectName) is gone or has another owner since it was offered; decline, and have it offered anew")
    }
  }

  /// Closes the offer of an object, if there is one.
  static func closeTransfer(
    of object: PostgresUUID, _ answer: OwnershipTransfer.Answer, _ context: OperationContext, reason: String,
    on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      UPDATE ownership_transfers SET answer = \(answer.rawValue), answered_by = \(context.principal),
        answered_at = greatest(\(context.time), asked_at), reason = \(reason)
      WHERE object_id = \(object) AND answer IS NULL
      """)
  }
}

extension OwnershipTransfer {
  var auditFacts: [String: CanonicalValue] {
    [
      "transfer": .string(id.description), "recipient": .string(recipient.description), "message": .string(message),
      "object-name": .string(objectName),
    ]
  }
}
