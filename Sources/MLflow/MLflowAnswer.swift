import JSON

/// What a server answered.
struct MLflowAnswer: Sendable {
  let status: Int
  /// How long it asks us to wait.
  let retryAfter: Duration?
  let body: [UInt8]

  private static let maximumMessageSize = 300

  private var document: MLflowMessage? {
    // Texts may hold U+0000; MLflowMessage replaces it.
    guard let document = try? JSONDocument(parsing: body, limits: JSONLimits(maximumDepth: 64, allowsNUL: true)) else { return nil }
    return try? MLflowMessage(document.root)
  }

  /// Such as `RESOURCE_DOES_NOT_EXIST`.
  var errorCode: String? { try? document?.text("error_code") }

  /// Its message, shortened; of other answers than MLflow's the beginning.
  var message: String {
    let text = (try? document?.text("message")) ?? String(decoding: body.prefix(Self.maximumMessageSize), as: UTF8.self)
    return text.count > Self.maximumMessageSize ? text.prefix(Self.maximumMessageSize) + "…" : text
  }

  var refusal: MLflowError { .refused(status: status, code: errorCode, message: message) }

  func read<T>(_ decode: (MLflowMessage) throws(JSONError) -> T) throws(MLflowError) -> T {
    do {
      let document = try JSONDocument(parsing: body, limits: JSONLimits(maximumDepth: 64, allowsNUL: true))
      return try decode(try MLflowMessage(document.root))
    } catch {
      throw .unreadable("\(error)")
    }
  }
}
