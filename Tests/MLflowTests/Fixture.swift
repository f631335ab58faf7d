import Foundation
import JSON
import Testing

@testable import MLflow

/// An answer of MLflow 3.17. `Fixtures/make.py` makes them.
enum Fixture {
  static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let path = String(file.prefix(through: try #require(file.lastIndex(of: "/")))) + "Fixtures/\(name).json"
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  static func answer(_ name: String, status: Int = 200) throws -> MLflowAnswer {
    MLflowAnswer(status: status, retryAfter: nil, body: try bytes(name))
  }

  static func run(_ name: String) throws -> MLflowRun {
    try answer(name).read { message throws(JSONError) in try MLflowRun(try message.required("run")) }
  }

  static func source(_ type: String, _ text: String) -> MLflowSource { MLflowSource(type: type, text: text) }
}
