import ArgumentParser
import Logging
import Migrations
import Postgres

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Bring the database up to date.",
    discussion: "`serve` does this by itself; run it alone where the server may not change the database's structure.")

  @OptionGroup var options: ServerOptions

  @Flag(help: "Only tell what would be done.")
  var dryRun = false

  func run() async throws {
    let settings = try await options.settings()
    let logger = settings.logger()
    let (configuration, embedded) = try await settings.database(logger)
    let pool = PostgresPool(configuration)
    let migrator = Migrator(migrations)
    do {
      let names = dryRun ? try await pool.run { try migrator.pending($0) } : try await migrator.migrate(pool).applied
      print(names.isEmpty ? "The database is up to date." : names.map { "\(dryRun ? "pending" : "applied") \($0)" }.joined(separator: "\n"))
    } catch {
      await pool.shutdown()
      await embedded?.stop()
      throw error
    }
    await pool.shutdown()
    await embedded?.stop()
  }
}
