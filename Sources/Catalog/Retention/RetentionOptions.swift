/// How retention is carried out.
package struct RetentionOptions: Sendable {
  /// How often a table is looked at that a rule is for. Default an hour.
  package var interval = Duration.seconds(3_600)
  /// How often files are looked for that nothing names. Default a week.
  package var orphanInterval = Duration.seconds(7 * 86_400)
  /// How old such a file must be: older than the longest job that writes files before it commits them. Default a week.
  package var orphanAge = Duration.seconds(7 * 86_400)
  /// Files that are looked at at once; memory grows with it. Default 100,000.
  package var portion = 100_000
  /// Files that are deleted before that is written down. Default 500.
  package var batch = 500
  /// How long one table is worked on before others have their turn. Default 20 seconds.
  package var slice = Duration.seconds(20)

  package init() {}
}
