/// Properties of tables, views and namespaces that policies look at.
package enum GovernedProperty {
  /// The name of the team that answers for it. Changing it is changing the owner.
  package static let ownerTeam = "owner-team"
  /// What it is, in words.
  package static let comment = "comment"

  /// Of something that leaves nothing to be desired.
  package static let complete = [ownerTeam: "issuer/team", comment: "comment"]

  static let all: Set<String> = [ownerTeam, comment]
}
