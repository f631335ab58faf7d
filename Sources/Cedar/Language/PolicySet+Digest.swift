import Crypto
import JSON

extension PolicySet {
  /// A hash of what the set says: SHA-256, 32 bytes, the same in every process and version.
  ///
  /// It covers every static policy, template and link with its id: annotations, effect, scope and conditions. It does not change with
  /// spaces, comments, parentheses that alter nothing, the order of policies and links, nor the order of annotations or of a record's
  /// members; nor between forms that JSON does not tell apart, `x has a.b` and `x has a && x.a has b` (up to 32 names), `in [A]` and
  /// `in A`. Other equivalent expressions of different form, such as `a == b` and `b == a`, hash differently.
  ///
  /// What is hashed is the JSON policy format without spaces: objects' members ordered by the bytes of their names, policies among them,
  /// links by their `newId`, and strings escaped only where they must be, `\b \f \n \r \t` by name and others as `\u00xx`.
  package var digest: [UInt8] {
    let policies = policies.sorted { $0.id < $1.id }
    let text = JSONWriter.text(reservingBytes: 4096) { writer in
      Self.write(
        static: policies.filter { !$0.isTemplate }, links: links.sorted { $0.id < $1.id }, templates: policies.filter(\.isTemplate),
        to: &writer)
    }
    return Array(SHA256.hash(data: text))
  }
}
