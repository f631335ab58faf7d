import SeededRandom
import Testing

@testable import ObjectStorage

struct ObjectLocationTests {
  @Test(arguments: [
    ("/data/t", ObjectLocation.Scheme.file, "", "data/t", "/data/t"),
    ("/", .file, "", "", "/"),
    ("file:/data/t", .file, "", "data/t", "file:/data/t"),
    ("file:/", .file, "", "", "file:/"),
    ("file:///", .file, "", "", "file:///"),
    ("file:///data//t//", .file, "", "data/t", "file:///data//t"),
    ("/data/a://b", .file, "", "data/a://b".replacing("//", with: "/"), "/data/a://b"),
    ("s3://bucket", .s3, "bucket", "", "s3://bucket"),
    ("s3://bucket///", .s3, "bucket", "", "s3://bucket"),
    ("s3a://bucket/a b/%2e%2e/c?d#e/", .s3, "bucket", "a b/%2e%2e/c?d#e", "s3a://bucket/a b/%2e%2e/c?d#e"),
    ("S3N://Bucket_1.x/...", .s3, "Bucket_1.x", "...", "S3N://Bucket_1.x/..."),
  ])
  func reads(text: String, scheme: ObjectLocation.Scheme, bucket: String, key: String, spelled: String) throws {
    let location = try ObjectLocation(text)
    #expect(location.scheme == scheme)
    #expect(location.bucket == bucket)
    #expect(location.key == key)
    #expect(location.description == spelled)
    #expect(try ObjectLocation(location.description) == location)
  }

  @Test(arguments: [
    ("", ObjectLocationError.relative("")), ("data/t", .relative("data/t")), ("file:data", .relative("file:data")),
    ("file://host/t", .relative("file://host/t")), ("file:", .relative("file:")), ("gs://b/t", .unknownScheme("gs")),
    ("s3:", .noBucket("s3:")), ("s3://", .noBucket("s3://")), ("s3:///t", .noBucket("s3:///t")), ("s3:/b/t", .noBucket("s3:/b/t")),
    ("s3://a@b/t", .badBucket("a@b")), ("s3://b:80#/t", .badBucket("b:80#")), ("s3://../t", .badBucket("..")),
    ("s3://b/a//t", .emptyComponent("s3://b/a//t")), ("/a/../b", .dots("/a/../b")), ("file:///a/./b", .dots("file:///a/./b")),
    ("s3://b/..", .dots("s3://b/..")), ("/a\0", .controlCharacter), ("s3://b/\n", .controlCharacter),
    ("/" + String(repeating: "a", count: 4_096), .tooLong),
  ])
  func refuses(text: String, error: ObjectLocationError) {
    #expect(throws: error) { try ObjectLocation(text) }
  }

  /// A slash with a combining accent behind it is one character in Swift, and a slash to the kernel.
  @Test func accentsHideNoSlash() throws {
    let hidden = "/root/../\u{301}x"
    #expect(throws: ObjectLocationError.dots(hidden)) { try ObjectLocation(hidden) }
    #expect(try ObjectLocation("s3://b/a/\u{301}x").components.count == 2)
    #expect(try ObjectLocation("/root\u{301}/x").components.count == 2)
    #expect(try !ObjectLocation("/root").contains(ObjectLocation("/root\u{301}/x")))
  }

  @Test func spellingsOfOneCharacterAreTwoPlaces() throws {
    let composed = try ObjectLocation("s3://b/caf\u{E9}")
    let decomposed = try ObjectLocation("s3://b/cafe\u{301}")
    #expect(composed != decomposed)
    #expect(!composed.contains(decomposed))
  }

  @Test func containsWholeComponents() throws {
    let root = try ObjectLocation("s3://b/root")
    #expect(try root.contains(ObjectLocation("s3a://b/root")))
    #expect(try root.contains(ObjectLocation("s3n://b/root/t")))
    #expect(try !root.contains(ObjectLocation("s3://b/root2")))
    #expect(try !root.contains(ObjectLocation("s3://b")))
    #expect(try !root.contains(ObjectLocation("s3://c/root/t")))
    #expect(try !ObjectLocation("/b/root").contains(root))
    #expect(try ObjectLocation("/").contains(ObjectLocation("file:///x")))
  }

  @Test func appendsInItsOwnSpelling() throws {
    #expect(try ObjectLocation("file:/").appending("t").description == "file:/t")
    #expect(try ObjectLocation("/").appending("t").description == "/t")
    #expect(try ObjectLocation("s3a://b").appending("t/u").description == "s3a://b/t/u")
    #expect(throws: ObjectLocationError.dots("/a/../b")) { try ObjectLocation("/a").appending("../b") }
  }

  /// Whatever is taken stays below a root that contains it, and reads the same again.
  @Test func takenLocationsStayWhereTheySay() throws {
    var random = SeededGenerator(seed: 7)
    let pieces = ["/", "//", ".", "..", "a", "\u{301}", "é", "%2e", " ", "s3://", "s3a://b", "file:", "\\", ":", "/root/"]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
      guard let location = try? ObjectLocation(text) else { continue }
      #expect(try ObjectLocation(location.description) == location)
      let bytes = Array("/\(location.key)/".utf8)
      #expect(!String(decoding: bytes, as: UTF8.self).unicodeScalars.split(separator: "/").contains { String($0) == ".." }, "\(text)")
      #expect(Array(location.key.utf8).split(separator: UInt8(ascii: "/")).count == location.components.count, "\(text)")
    }
  }
}
