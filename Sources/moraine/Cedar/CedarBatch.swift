import JSON

/// JSON lines in, JSON lines out, in order.
enum CedarBatch {
  static let maximumLineBytes = 64 << 20

  /// - Parameter answer: writes the answer to one line; what it throws becomes `{"error": …}` with the members of `refusal`.
  static func run(refusal: (inout JSONWriter) -> Void, _ answer: (JSONObject, inout JSONWriter) throws -> Void) throws {
    var output: [UInt8] = []
    var lines = InputLines(maximumBytes: maximumLineBytes)
    while let line = try lines.next() {
      guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
      var problem: (any Error)?
      var writer = JSONWriter()
      do {
        let object = try JSONDocument(parsing: Array(line), limits: JSONLimits(maximumDepth: 200, allowsNUL: true)).root.object()
        var text = JSONWriter()
        try answer(object, &text)
        writer = text
      } catch {
        problem = error
      }
      if let problem {
        writer.object {
          refusal(&$0)
          $0.field("error", (problem as? CommandFailure)?.message ?? "\(problem)")
        }
      }
      output += writer.bytes
      output.append(0x0A)
      // What reads and waits for our answer gets it before the next question is asked for.
      if lines.isDrained || output.count > 1 << 16 {
        try StandardStream.output.write(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    try StandardStream.output.write(output)
  }
}
