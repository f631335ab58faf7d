/// The place of a file or folder: `file:///data/t`, `/data/t`, `s3://bucket/t`.
///
/// It keeps the spelling it was given, because clients compare texts, and compares by what it means.
package struct ObjectLocation: Sendable, CustomStringConvertible {
  package enum Scheme: String, Sendable {
    case file, s3
  }

  package let scheme: Scheme
  /// The bucket; empty for files.
  package let bucket: String
  /// The path's components; none is empty, `.` or `..`.
  package let components: [String]
  /// As it was given, without slashes at the end.
  package let description: String

  /// - Throws: ``ObjectLocationError`` for a relative or unknown location and for one that does not stay where it says it is.
  package init(_ text: String) throws(ObjectLocationError) {
    guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .controlCharacter }
    guard text.utf8.count <= 4_096 else { throw .tooLong }
    var rest = text[...]
    if let colon = text.range(of: "://") {
      let name = text[..<colon.lowerBound].lowercased()
      rest = text[colon.upperBound...]
      switch name {
      case "file":
        scheme = .file
        // file://host/path names another machine; file:///path names this one.
        guard rest.hasPrefix("/") else { throw .relative(text) }
      case "s3", "s3a", "s3n": scheme = .s3
      default: throw .unknownScheme(name)
      }
    } else {
      scheme = .file
      if rest.hasPrefix("file:") { rest = rest.dropFirst(5) }
      guard rest.hasPrefix("/") else { throw .relative(text) }
    }
    var parts = rest.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    if scheme == .s3 {
      guard !rest.hasPrefix("/"), !parts.isEmpty else { throw .noBucket(text) }
      bucket = parts.removeFirst()
    } else {
      bucket = ""
    }
    guard !parts.contains(where: { $0 == "." || $0 == ".." }) else { throw .dots(text) }
    components = parts
    var spelled = text[...]
    while spelled.hasSuffix("/"), spelled.count > 1, !spelled.hasSuffix("://"), spelled != "file:///" { spelled = spelled.dropLast() }
    description = String(spelled)
  }

  /// Components joined by `/`: an S3 key, or a file's path without its first slash.
  package var key: String { components.joined(separator: "/") }

  /// The path of a file.
  package var path: String { "/" + key }

  package func appending(_ relative: String) throws(ObjectLocationError) -> ObjectLocation {
    try ObjectLocation(description.hasSuffix("/") ? description + relative : description + "/" + relative)
  }

  /// Whether `other` is this place or one below it, component by component.
  package func contains(_ other: ObjectLocation) -> Bool {
    scheme == other.scheme && bucket == other.bucket && other.components.starts(with: components)
  }
}

extension ObjectLocation: Hashable {
  package static func == (left: ObjectLocation, right: ObjectLocation) -> Bool {
    left.scheme == right.scheme && left.bucket == right.bucket && left.components == right.components
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
  case dots(String)
  case controlCharacter
  case tooLong

  package var description: String {
    switch self {
    case .relative(let text): "\"\(text)\" is relative; give an absolute one such as file:///data/t or s3://bucket/t"
    case .unknownScheme(let scheme): "the scheme \"\(scheme)\" is not known; use file or s3"
    case .noBucket(let text): "\"\(text)\" names no bucket; write s3://bucket/path"
    case .dots(let text): "\"\(text)\" holds a \".\" or \"..\" component; write the place itself"
    case .controlCharacter: "it holds control characters"
    case .tooLong: "it is longer than 4096 bytes"
    }
  }
}

extension String {
  /// The first place where `text` stands.
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
      formIndex(after: &index)
    }
    return nil
  }
}
