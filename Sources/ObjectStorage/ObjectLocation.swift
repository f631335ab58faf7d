/// The place of a file or folder: `file:///data/t`, `/data/t`, `s3://bucket/t`.
///
/// It keeps the spelling it was given, because clients compare texts, and compares by what it means: byte by byte, as file systems and
/// S3 do, so that two spellings of "é" are two places.
package struct ObjectLocation: Sendable, CustomStringConvertible {
  package enum Scheme: String, Sendable {
    case file, s3
  }

  package let scheme: Scheme
  /// The bucket; empty for files.
  package let bucket: String
  /// The path's components; none is empty, `.` or `..`, or holds a slash.
  package let components: [String]
  /// As it was given, without slashes at the end.
  package let description: String

  /// - Throws: ``ObjectLocationError`` for a relative or unknown location and for one that does not stay where it says it is.
  package init(_ text: String) throws(ObjectLocationError) {
    // Bytes throughout: to a Swift character, a slash with a combining accent behind it is no slash.
    let bytes = Array(text.utf8)
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .controlCharacter }
    guard bytes.count <= 4_096 else { throw .tooLong }
    let (scheme, begin) = try Self.scheme(of: bytes, text)
    self.scheme = scheme
    var end = bytes.count
    // The root folder keeps its slash.
    while end > begin + 1, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
    description = String(decoding: bytes[..<end], as: UTF8.self)

    var parts = bytes[begin..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if scheme == .s3 {
      bucket = String(decoding: parts.removeFirst(), as: UTF8.self)
      guard !bucket.isEmpty else { throw .noBucket(text) }
      guard bucket.utf8.allSatisfy(Self.isBucketCharacter), !bucket.utf8.elementsEqual("..".utf8), bucket != "." else {
        throw .badBucket(bucket)
      }
      // One client would read a//b and another a/b, which S3 keeps apart.
      guard parts.allSatisfy({ !$0.isEmpty }) else { throw .emptyComponent(text) }
    } else {
      bucket = ""
      parts.removeAll(where: \.isEmpty)
    }
    guard !parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else { throw .dots(text) }
    components = parts.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The scheme, and where its path or bucket begins.
  private static func scheme(of bytes: [UInt8], _ text: String) throws(ObjectLocationError) -> (Scheme, begin: Int) {
    let slash = UInt8(ascii: "/")
    if bytes.first == slash { return (.file, 0) }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), !bytes[..<colon].contains(slash) else { throw .relative(text) }
    let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    let hasAuthority = bytes[(colon + 1)...].starts(with: "//".utf8)
    switch name {
    case "file":
      // file://host/path names another machine; file:///path names this one.
      let begin = hasAuthority ? colon + 3 : colon + 1
      guard begin < bytes.count, bytes[begin] == slash else { throw .relative(text) }
      return (.file, begin)
    case "s3", "s3a", "s3n":
      guard hasAuthority, bytes.count > colon + 3 else { throw .noBucket(text) }
      return (.s3, colon + 3)
    default: throw .unknownScheme(name)
    }
  }

  /// What bucket names are made of; nothing that means something in an address.
  private static func isBucketCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Components joined by `/`: an S3 key, or a file's path without its first slash.
  package var key: String { components.joined(separator: "/") }

  /// The path of a file.
  package var path: String { "/" + key }

  /// One spelling for all that mean this place: `file:///data/t`, `s3://bucket/t`.
  package var canonicalText: String { components.isEmpty ? "\(scheme.rawValue)://\(bucket)" : "\(scheme.rawValue)://\(bucket)/\(key)" }

  /// The spellings in use, the canonical one first.
  package var spellings: [String] {
    let rest = canonicalText.dropFirst("\(scheme.rawValue)://".count)
    return switch scheme {
    case .file: ["file://\(rest)", "file:\(rest)", "\(rest)"]
    case .s3: ["s3://\(rest)", "s3a://\(rest)", "s3n://\(rest)"]
    }
  }

  package func appending(_ relative: String) throws(ObjectLocationError) -> ObjectLocation {
    try ObjectLocation(description.utf8.last == UInt8(ascii: "/") ? description + relative : description + "/" + relative)
  }

  /// Whether `other` is this place or one below it, component by component.
  package func contains(_ other: ObjectLocation) -> Bool {
    scheme == other.scheme && bucket == other.bucket
      && other.components.starts(with: components) { $0.utf8.elementsEqual($1.utf8) }
  }
}

extension ObjectLocation: Hashable {
  package static func == (left: ObjectLocation, right: ObjectLocation) -> Bool {
    left.components.count == right.components.count && left.contains(right)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(scheme)
    hasher.combine(bucket)
    hasher.combine(components)
  }
}

/// Why a text is no location.
package enum ObjectLocationError: Error, Hashable, CustomStringConvertible {
  case relative(String)
  case unknownScheme(String)
  case noBucket(String)
  case badBucket(String)
  case emptyComponent(String)
  case dots(String)
  case controlCharacter
  case tooLong

  package var description: String {
    switch self {
    case .relative(let text): "\"\(text)\" is relative; give an absolute one such as file:///data/t or s3://bucket/t"
    case .unknownScheme(let scheme): "the scheme \"\(scheme)\" is not known; use file or s3"
    case .noBucket(let text): "\"\(text)\" names no bucket; write s3://bucket/path"
    case .badBucket(let bucket): "\"\(bucket)\" is no bucket's name; use letters, digits, \".\", \"-\" and \"_\""
    case .emptyComponent(let text): "\"\(text)\" holds \"//\", which is part of a key in S3; write single slashes"
    case .dots(let text): "\"\(text)\" holds a \".\" or \"..\" component; write the place itself"
    case .controlCharacter: "it holds control characters"
    case .tooLong: "it is longer than 4096 bytes"
    }
  }
}
