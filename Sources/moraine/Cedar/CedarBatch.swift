import JSON

/// JSON lines in, JSON lines out, in order.
struct CedarBatch {
  /// Writes the members that stand before `"error"` in the answer to a line that cannot be answered.
  let refusal: (inout JSONWriter) -> Void

  static let maximumLineBytes = 64 << 20

  /// - Parameter answer: writes the answer to one line; what it throws becomes its `"error"`.
  func run(_ answer: (JSONObject, inout JSONWriter) throws -> Void) throws {
    var output: [UInt8] = []
    var lines = InputLines(maximumBytes: Self.maximumLineBytes)
    while let line = try lines.next() {
      guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
      output += answered(line, answer)
      output.append(0x0A)
      // What reads and waits for our answer gets it before the next question is asked for.
      if lines.isDrained || output.count > 1 << 16 {
        try StandardStream.output.write(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    try StandardStream.output.write(output)
  }
  private func answered(_ line: ArraySlice<UInt8>, _ answer: (JSONObject, inout JSONWriter) throws -> Void) -> [UInt8] {
    do {
      let limits = JSONLimits(maximumDepth: 200, maximumSizeBytes: Self.maximumLineBytes, allowsNUL: true)
      var writer = JSONWriter()
      try answer(try JSONDocument(parsing: Array(line), limits: limits).root.object(), &writer)
      return writer.bytes
    } catch {
      return JSONWriter.text {
        $0.object {
          refusal(&$0)
          $0.field("error", (error as? CommandFailure)?.message ?? "\(error)")
        }
      }
    }
  }
}
