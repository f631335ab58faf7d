import ArgumentParser
import Catalog
import CatalogServer
import Logging
import Postgres

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the catalog.",
    discussion: """
      Prints "ready http://host:port" on standard output once it serves; logs go to standard error, one JSON object a line.
      Stop it with SIGTERM or ctrl-C: what it began is finished first.
      """)

  @OptionGroup var options: ServerOptions

  @Option(help: "Address to listen on (MORAINE_HOST; default 127.0.0.1).")
  var host: String?

  @Option(help: "Port to listen on; 0 lets the system choose (MORAINE_PORT; default 8181).")
  var port: Int?

  @Option(
    name: .customLong("warehouse"),
    help: ArgumentHelp(
      "Warehouse to have, made if it is not there: main=file:///data or lake=s3://bucket/path?endpoint=…&region=…&path-style-access=true. Repeatable; the first one serves clients that name none.",
      valueName: "name=uri"))
  var warehouses: [String] = []

  @Flag(help: "For trying things out: anyone may do anything without a credential, on a loopback address only.")
  var dev = false

  @OptionGroup var protection: ProtectionOptions

  func run() async throws {
    Self.keepFreedMemory()
    let settings = try await options.settings()
    let logger = settings.logger()
    let (database, embedded) = try await settings.database(logger)
    var configuration = ServerConfiguration(database: database)
    configuration.host = host ?? settings.host
    configuration.port = port ?? settings.port
    configuration.identity = try settings.identity()
    configuration.identity.allowsAnonymous = dev
    configuration.logKeyFile = settings.logKeyFile(mayMake: dev || embedded != nil)
    configuration.tls = try protection.tls(settings)
    configuration.isBehindTLSProxy = protection.isBehindTLSProxy(settings)
    configuration.catalog.cacheSizeBytes = settings.cacheSizeMegabytes << 20
    configuration.catalog.refreshInterval = settings.refreshSeconds > 0 ? .seconds(settings.refreshSeconds) : nil
    configuration.catalog.verification.patience = .seconds(max(0, settings.verificationSeconds))
    configuration.catalog.webhooks.receivers = try settings.receivers()
    configuration.catalog.mlflow = try settings.mlflow()
    configuration.catalog.lineage.aliases = try settings.lineageAliases()
    configuration.catalog.retention.interval = .seconds(max(1, settings.retentionIntervalSeconds))
    configuration.catalog.retention.orphanAge = .seconds(max(0, settings.orphanAgeSeconds))
    configuration.catalog.retention.orphanInterval = .seconds(max(1, settings.orphanIntervalSeconds))
    configuration.environment = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].reduce(into: [:]) { result, name in
      result[name] = getenv(name).map { String(cString: $0) }
    }
    let named = warehouses.isEmpty ? settings.warehouses : warehouses
    // Without any, there is one in the data folder, so that the first command a newcomer types works.
    configuration.warehouses = try (named.isEmpty ? ["main=file://\(settings.dataFolder)/warehouse"] : named).map {
      try WarehouseDefinition(parsing: $0)
    }
    let address = "\(configuration.tls == nil ? "http" : "https")://\(configuration.host)"
    let server: Server
    do {
      server = try await Server(configuration, logger: logger)
    } catch {
      await embedded?.stop()
      throw error
    }
    if dev { Self.warnOfAnonymousUse() }
    if let credential = server.mintedCredential { Self.show(credential) }
    do {
      try await server.run { port in
        // Written at once: whoever started us waits for this line.
        let line = Array("ready \(address):\(port)\n".utf8)
        _ = write(STDOUT_FILENO, line, line.count)
      }
    } catch {
      await embedded?.stop()
      throw error
    }
    await embedded?.stop()
  }
}
