import Foundation
import SeededRandom
import Testing

@testable import ObjectStorage

struct SessionPolicyTests {
  private struct Document: Decodable {
    struct Statement: Decodable {
      let actions: [String]
      let resources: [String]
      let condition: [String: [String: [String]]]?

      enum CodingKeys: String, CodingKey {
        case actions = "Action"
        case resources = "Resource"
        case condition = "Condition"
      }
    }
    let statements: [Statement]

    enum CodingKeys: String, CodingKey {
      case statements = "Statement"
    }
  }

  private func document(_ policy: SessionPolicy) throws -> Document {
    try JSONDecoder().decode(Document.self, from: Data(policy.text.utf8))
  }

  @Test func readsWhatItSays() throws {
    let policy = try SessionPolicy(location: ObjectLocation("s3://lake/db/t"), access: .read)
    #expect(
      policy.text
        == #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::lake/db/t/*"]},"#
        + #"{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::lake"],"#
        + #""Condition":{"StringLike":{"s3:prefix":["db/t/*"]}}}]}"#)
  }

  @Test func writesAndDeletesOnlyWhenAsked() throws {
    let location = try ObjectLocation("s3://lake/db/t")
    let actions = try StorageAccess.allCases.map { Set(try document(SessionPolicy(location: location, access: $0)).statements[0].actions) }
    #expect(actions[0] == ["s3:GetObject"])
    #expect(actions[1] == ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"])
    #expect(actions[2] == actions[1].union(["s3:DeleteObject"]))
  }

  @Test func namesThePartition() throws {
    let role = AssumedRole(arn: "arn:aws-cn:iam::1:role/lake")
    let policy = try SessionPolicy(location: ObjectLocation("s3://lake/t"), access: .read, partition: role.partition)
    #expect(try document(policy).statements[0].resources == ["arn:aws-cn:s3:::lake/t/*"])
    for odd in ["", "x", "arn:\"x:iam::1:role/a", "arn::iam::1:role/a"] { #expect(AssumedRole(arn: odd).partition == "aws") }
  }

  @Test(arguments: ["s3://lake", "s3://lake/", "file:///t", "/t"])
  func refusesWhatIsNotNarrow(location: String) throws {
    let place = try ObjectLocation(location)
    #expect(throws: SessionPolicyError.self) { try SessionPolicy(location: place, access: .read) }
  }

  @Test func refusesWildcardsWhereTheyCannotBeWritten() throws {
    for location in ["s3://b/t/a*", "s3://b/t/a*\u{301}", "s3://b/t/?", "s3://b/t/${x}", "s3://b/t/$"] {
      let place = try ObjectLocation(location)
      #expect(throws: SessionPolicyError.wildcard(place.description)) {
        try SessionPolicy(location: place, access: .read, dialect: .plain)
      }
    }
  }

  @Test func isBounded() throws {
    let short = try ObjectLocation("s3://b/" + String(repeating: "x", count: 700))
    #expect(try SessionPolicy(location: short, access: .delete).text.utf8.count <= 2_048)
    let long = try ObjectLocation("s3://b/" + String(repeating: "ü", count: 700))
    #expect(throws: SessionPolicyError.self) { try SessionPolicy(location: long, access: .delete) }
  }

  /// Whatever a key holds, the pattern matches the keys below it and not those of a neighbour.
  @Test func matchesItsOwnKeysOnly() throws {
    var random = SeededGenerator(seed: 4_711)
    let alphabet = ["a", "b", "*", "?", "$", "${", "}", "\"", "\\", "'", " ", "é", "e\u{301}", "*\u{301}", "🧊", "%", "%2F", "=", "+", "/c"]
    for _ in 0..<3_000 {
      let key = "t" + (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random)! }.joined()
      let other = "t" + (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random)! }.joined()
      let policy = try SessionPolicy(location: ObjectLocation("s3://b/\(key)"), access: .read)
      #expect(policy.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
      let statements = try document(policy).statements
      let resource = String(statements[0].resources[0].dropFirst("arn:aws:s3:::b/".count))
      #expect(statements[1].condition?["StringLike"]?["s3:prefix"] == [resource])
      #expect(Self.matches(Array(resource.unicodeScalars), Array("\(key)/data/x".unicodeScalars)), "\(key)")
      let isBelow = "\(other)/x".unicodeScalars.starts(with: "\(key)/".unicodeScalars)
      #expect(Self.matches(Array(resource.unicodeScalars), Array("\(other)/x".unicodeScalars)) == isBelow, "\(key) \(other)")
    }
  }

  /// IAM's own matching: `*`, `?`, and the three variables.
  private static func matches(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" { return (0...text.count).contains { matches(Array(pattern.dropFirst()), Array(text.dropFirst($0))) } }
    guard let next = text.first else { return false }
    if first == "?" { return matches(Array(pattern.dropFirst()), Array(text.dropFirst())) }
    if first == "$", pattern.count > 3, pattern[1] == "{", pattern[3] == "}" {
      return pattern[2] == next && matches(Array(pattern.dropFirst(4)), Array(text.dropFirst()))
    }
    return first == next && matches(Array(pattern.dropFirst()), Array(text.dropFirst()))
  }

  @Test func opensSeveralPlacesOfOneBucket() throws {
    let policy = try SessionPolicy(locations: [ObjectLocation("s3://b/t"), ObjectLocation("s3a://b/out/t")], access: .read)
    #expect(policy.text.contains(#""Resource":["arn:aws:s3:::b/t/*","arn:aws:s3:::b/out/t/*"]"#))
    #expect(policy.text.contains(#"{"s3:prefix":["t/*","out/t/*"]}"#))
    #expect(throws: SessionPolicyError.severalBuckets("s3://c/t", "b")) {
      try SessionPolicy(locations: [ObjectLocation("s3://b/t"), ObjectLocation("s3://c/t")], access: .read)
    }
    #expect(throws: SessionPolicyError.self) { try SessionPolicy(locations: [], access: .read) }
  }
}
