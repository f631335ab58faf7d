import ArgumentParser
import JSON

/// What is to be different from the rules of a zone's kind.
struct ZoneRulesOptions: ParsableArguments {
  @Option(
    name: .customLong("rules"),
    help: ArgumentHelp(
      "Rules that are to be others, in a JSON file: refs, schema-changes, drop, purge, format-versions, file-formats, default-properties, location-prefix, record-reads, retention.",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var file: String?

  @Flag(help: "Let main change by publishing only: write to a branch, then set main to its snapshot.") var gated = false

  /// `nil` for none.
  func json() throws -> [UInt8]? {
    guard let file else { return gated ? Array(#"{"gated":true}"#.utf8) : nil }
    guard !gated else { throw CommandFailure.usage("Give --rules or --gated; a file may say \"gated\": true itself") }
    let bytes = try LocalFile.read(file)
    do { _ = try JSONDocument(parsing: bytes).root.object() } catch { throw CommandFailure.usage("\(file) holds no rules: \(error)") }
    return bytes
  }
}
