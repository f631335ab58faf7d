extension PolicySet {
  /// The static policies and templates as text, in the order of the set; it reads back as the same policies.
  ///
  /// A policy that its place would call otherwise says its id with `@id`. Text holds no links: `nil` for a set that has any.
  package var text: String? {
    guard links.isEmpty else { return nil }
    return policies.enumerated().map { position, policy in
      var policy = policy
      if policy.annotation("id") == nil, policy.id != Text("policy\(position)") {
        policy.annotations.insert(Annotation(name: "id", value: policy.id), at: 0)
      }
      return PolicyPrinter.text(of: policy)
    }.joined(separator: "\n\n")
  }
}
