import JSON

/// What the server answered.
struct ServerAnswer: Sendable {
  let status: UInt
  let requestID: String?
  let body: [UInt8]

  var isSuccess: Bool { 200..<300 ~= status }

  /// The body, which must be JSON.
  func json() throws(CommandFailure) -> JSONValue {
    do {
      return try JSONDocument(parsing: body).root
    } catch {
      throw CommandFailure(
        .failure, "The server's answer is no JSON: \(error)", hint: "Is this a Moraine server? Give its address with --server.")
    }
  }
}

/// An error as the Iceberg REST API writes it: `{"error":{"message":…,"type":…,"code":…}}`.
struct ServerError: Sendable {
  let message: String
  let type: String

  /// `nil` when the body holds no such error.
  init?(_ answer: ServerAnswer) {
    guard let root = try? JSONDocument(parsing: answer.body).root, let object = try? root.object(),
      let error = try? object.optional("error")?.object(), let message = try? error.optional("message")?.string()
    else { return nil }
    self.message = message
    type = (try? error.optional("type")?.string()) ?? "status \(answer.status)"
  }
}
