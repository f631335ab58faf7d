import FoundationEssentials
import Yams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A named choice of server, warehouse and token.
struct Profile: Hashable, Sendable, Codable {
  var server: String?
  var warehouse: String?
  var token: String?
}

/// The profiles in `config.yaml`, and the one that is used when none is named.
struct ProfileFile: Hashable, Sendable, Codable {
  var current: String?
  var profiles: [String: Profile] = [:]

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    current = try container.decodeIfPresent(String.self, forKey: .current)
    profiles = try container.decodeIfPresent([String: Profile].self, forKey: .profiles) ?? [:]
  }

  /// `$XDG_CONFIG_HOME/moraine/config.yaml`, else `~/.config/moraine/config.yaml`; `nil` without a home.
  static var standardPath: String? {
    (environment("XDG_CONFIG_HOME") ?? environment("HOME").map { $0 + "/.config" }).map { $0 + "/moraine/config.yaml" }
  }

  /// Reads the file; one that is not there has no profiles.
  static func read(_ path: String? = standardPath) throws(CommandFailure) -> ProfileFile {
    guard let path, let data = FileManager.default.contents(atPath: path) else { return ProfileFile() }
    let text = String(decoding: data, as: UTF8.self)
    guard text.contains(where: { !$0.isWhitespace }) else { return ProfileFile() }
    do {
      return try YAMLDecoder().decode(ProfileFile.self, from: text)
    } catch {
      throw .usage("The profiles in \(path) cannot be read: \(Self.reason(error))", hint: "Correct the file, or remove it.")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context), DecodingError.dataCorrupted(let context),
      DecodingError.keyNotFound(_, let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      let cause = context.underlyingError.map { "\($0)" } ?? context.debugDescription
      return path.isEmpty ? cause : "\(path): \(cause)"
    default: return "\(error)"
    }
  }

  /// Writes the file for its owner's eyes only, since it may hold tokens.
  func write(_ path: String? = standardPath) throws(CommandFailure) {
    guard let path else { throw .usage("There is no home folder to keep profiles in", hint: "Set HOME or XDG_CONFIG_HOME.") }
    do {
      let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let encoder = YAMLEncoder()
      encoder.options.sortKeys = true
      // Made under another name with its mode, then put in place: never half written, never readable by others.
      let fresh = path + ".new"
      try? FileManager.default.removeItem(atPath: fresh)
      guard
        FileManager.default.createFile(
          atPath: fresh, contents: Data(try encoder.encode(self).utf8), attributes: [.posixPermissions: 0o600])
      else { throw CocoaError(.fileWriteUnknown) }
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: fresh)
      guard rename(fresh, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      throw CommandFailure(.failure, "The profiles cannot be written to \(path): \(error)")
    }
  }

  /// The name of the profile to change: the one that is named, else the current one, else `default`.
  func profileName(_ name: String?) -> String { name ?? environment("MORAINE_PROFILE") ?? current ?? "default" }

  /// Changes a profile, made if it is not there.
  static func change(_ name: String, _ body: (inout Profile) -> Void) throws(CommandFailure) {
    var file = try read()
    var profile = file.profiles[name] ?? Profile()
    body(&profile)
    file.profiles[name] = profile
    file.current = file.current ?? name
    try file.write()
  }

  /// The profile of a name, else the current one, else an empty one.
  func profile(named name: String?) throws(CommandFailure) -> Profile {
    guard let name = name ?? current else { return Profile() }
    guard let profile = profiles[name] else {
      let names = profiles.keys.sorted().joined(separator: ", ")
      throw .usage(
        "There is no profile \"\(name)\"",
        hint: names.isEmpty ? "Make it with `moraine profile set \(name) --server URL`." : "There are: \(names).")
    }
    return profile
  }
}
