import ArgumentParser
import CatalogServer
import Configuration
import Logging
import Postgres
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What `serve` and `migrate` have in common.
///
/// A setting comes from its flag, else from `MORAINE_…` in the environment, else from the file, else it has its default.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "PostgreSQL to use (MORAINE_DATABASE_URL). Without one, a private PostgreSQL runs in the data folder.", valueName: "url"))
  var databaseURL: String?

  @Option(
    help: ArgumentHelp(
      "Folder of the private PostgreSQL and of the first warehouse (MORAINE_DATA_DIR; default moraine-data).", valueName: "dir"))
  var dataDir: String?

  @Option(name: .customLong("config"), help: ArgumentHelp("Settings in a JSON file.", valueName: "file"))
  var file: String?

  @Option(help: "Least severe messages to log: trace, debug, info, warning, error (MORAINE_LOG_LEVEL; default info).")
  var logLevel: String?

  func settings() async throws -> Settings {
    var providers: [any ConfigProvider] = [EnvironmentVariablesProvider()]
    if let file { providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file))) }
    return Settings(options: self, reader: ConfigReader(providers: providers).scoped(to: "moraine"))
  }
}

/// Every setting of the server: its key, its default, and whether it is secret.
struct Settings: Sendable {
  fileprivate let databaseURLFlag: String?
  fileprivate let dataDirFlag: String?
  fileprivate let logLevelFlag: String?
  let reader: ConfigReader

  fileprivate init(options: ServerOptions, reader: ConfigReader) {
    databaseURLFlag = options.databaseURL
    dataDirFlag = options.dataDir
    logLevelFlag = options.logLevel
    self.reader = reader
  }

  /// `moraine.database.url`: a `postgres://` URL. Secret: it may hold a password.
  var databaseURL: String? { databaseURLFlag ?? reader.string(forKey: "database.url", isSecret: true) }

  /// `moraine.data.dir`: a folder; made absolute.
  var dataFolder: String {
    let given = dataDirFlag ?? reader.string(forKey: "data.dir", default: "moraine-data")
    if given.hasPrefix("/") { return given }
    guard let current = getcwd(nil, 0) else { return given }
    defer { free(current) }
    return String(cString: current) + "/" + given
  }

  /// `moraine.host`, default 127.0.0.1.
  var host: String { reader.string(forKey: "host", default: "127.0.0.1") }

  /// `moraine.port`, default 8181.
  var port: Int { reader.int(forKey: "port", default: 8181) }

  /// `moraine.warehouses`: `NAME=URI`, several separated by spaces.
  var warehouses: [String] { reader.string(forKey: "warehouses", default: "").split(separator: " ").map(String.init) }

  /// `moraine.pool.size`: connections to PostgreSQL, default 16.
  var poolSize: Int { reader.int(forKey: "pool.size", default: 16) }

  /// `moraine.cache.size.mb`: metadata kept in memory, default 32.
  var cacheSizeMegabytes: Int { reader.int(forKey: "cache.size.mb", default: 32) }

  /// `moraine.log.level`, default info.
  var logLevel: Logger.Level { Logger.Level(rawValue: logLevelFlag ?? reader.string(forKey: "log.level", default: "info")) ?? .info }

  /// `moraine.issuers`: issuers whose tokens are accepted, as a JSON list or the path of a file that holds one; docs/identity.md.
  var issuers: String? { reader.string(forKey: "issuers") }

  /// `moraine.token.issuer`: the `iss` of this catalog's own tokens, default moraine.
  var tokenIssuer: String { reader.string(forKey: "token.issuer", default: "moraine") }

  /// `moraine.token.audience`: the `aud` of this catalog's own tokens, default moraine.
  var tokenAudience: String { reader.string(forKey: "token.audience", default: "moraine") }

  /// `moraine.token.lifetime.seconds`: of this catalog's own access tokens, default 3600.
  var tokenLifetimeSeconds: Int { reader.int(forKey: "token.lifetime.seconds", default: 3_600) }

  /// `moraine.tls.certificate`: PEM file to serve under.
  var tlsCertificate: String? { reader.string(forKey: "tls.certificate") }

  /// `moraine.tls.key`: PEM file of its key. The path is no secret; the file is.
  var tlsKey: String? { reader.string(forKey: "tls.key") }

  /// `moraine.behind.tls.proxy`: whether a proxy in front ends TLS, default false.
  var isBehindTLSProxy: Bool { reader.bool(forKey: "behind.tls.proxy", default: false) }

  /// `moraine.refresh.seconds`: how long what logs of Delta and Hudi tables said is believed, default 900; 0 for as long as nobody asks.
  var refreshSeconds: Int { reader.int(forKey: "refresh.seconds", default: 900) }

  /// `moraine.verification.seconds`: how long a portion of a model version's verification may take, default 3.
  var verificationSeconds: Int { reader.int(forKey: "verification.seconds", default: 3) }

  /// `moraine.webhook.networks`: ranges of addresses that webhooks may send to though they are not public, separated by spaces.
  var webhookNetworks: [String] { reader.string(forKey: "webhook.networks", default: "").split(separator: " ").map(String.init) }

  /// `moraine.webhook.plain.http`: whether webhooks may send without TLS, default false.
  var allowsPlainWebhooks: Bool { reader.bool(forKey: "webhook.plain.http", default: false) }

  /// `moraine.mlflow.seconds`: how long after a server of MLflow was read it is read again, default 60; 0 for when somebody asks.
  var mlflowSeconds: Int { reader.int(forKey: "mlflow.seconds", default: 60) }

  /// `moraine.mlflow.networks`: ranges of addresses that servers of MLflow may have though they are not public, separated by spaces; these
  /// alone are asked without TLS.
  var mlflowNetworks: [String] { reader.string(forKey: "mlflow.networks", default: "").split(separator: " ").map(String.init) }

  /// `moraine.mlflow.secrets`: a folder with a file for each secret. `MORAINE_MLFLOW_SECRET_NAME` in the environment goes before it.
  var mlflowSecretsFolder: String? { reader.string(forKey: "mlflow.secrets") }

  /// `moraine.lineage.namespaces`: which warehouses are meant by namespaces of lineage events, separated by spaces:
  /// `http://catalog:8181=main trino://trino:8080#lake=main`.
  var lineageNamespaces: [String] { reader.string(forKey: "lineage.namespaces", default: "").split(separator: " ").map(String.init) }

  /// `moraine.retention.interval.seconds`: how often a table is looked at that a rule of retention is for, default 3600.
  var retentionIntervalSeconds: Int { reader.int(forKey: "retention.interval.seconds", default: 3_600) }

  /// `moraine.retention.orphan.age.seconds`: how old a file must be that nothing names before it is removed; longer than any job that
  /// writes files before it commits them. Default 604800, a week.
  var orphanAgeSeconds: Int { reader.int(forKey: "retention.orphan.age.seconds", default: 604_800) }

  /// `moraine.retention.orphan.interval.seconds`: how often such files are looked for, default 604800.
  var orphanIntervalSeconds: Int { reader.int(forKey: "retention.orphan.interval.seconds", default: 604_800) }

  /// `moraine.log.key.file`: the private key that signs the log, an Ed25519 key in PEM or several; docs/audit.md.
  ///
  /// - Parameter mayMake: whether one in the data folder will do, made when there is none.
  func logKeyFile(mayMake: Bool) -> LogKeyFile? {
    if let path = reader.string(forKey: "log.key.file") { return LogKeyFile(path: path, mayMake: false) }
    return mayMake ? LogKeyFile(path: dataFolder + "/log.key", mayMake: true) : nil
  }

  func logger() -> Logger {
    let level = logLevel
    return Logger(label: "moraine") { JSONLogHandler(label: $0, level: level) }
  }

  /// The database to use: the one that is named, else a private one, which runs until it is stopped.
  func database(_ logger: Logger) async throws -> (configuration: PostgresConfiguration, embedded: EmbeddedPostgres?) {
    func configuration(_ connectionString: String) -> PostgresConfiguration {
      PostgresConfiguration(connectionString: connectionString, poolSize: poolSize, statementTimeout: .seconds(30))
    }
    if let url = databaseURL { return (configuration(url), nil) }
    let options = EmbeddedPostgres.Options(
      folder: dataFolder + "/postgres", progress: { logger.notice("private PostgreSQL", metadata: ["step": "\($0)"]) })
    let embedded = try await EmbeddedPostgres(options, logger: logger)
    return (configuration(embedded.connectionString), embedded)
  }
}
