import ArgumentParser
import CatalogServer
import CatalogStore
import Identity
import Lineage
import Webhooks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How what crosses the network is protected.
struct ProtectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Certificate to serve under, a PEM file with those that vouch for it (MORAINE_TLS_CERTIFICATE).", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("Key of the certificate, a PEM file without a passphrase (MORAINE_TLS_KEY).", valueName: "file"))
  var tlsKey: String?

  @Flag(
    help: ArgumentHelp(
      "A proxy in front ends TLS and nobody else reaches this address; without TLS and without this, only loopback addresses are listened on (MORAINE_BEHIND_TLS_PROXY)."
    ))
  var behindTLSProxy = false

  func tls(_ settings: Settings) throws -> TLSFiles? {
    switch (tlsCertificate ?? settings.tlsCertificate, tlsKey ?? settings.tlsKey) {
    case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
    case (nil, nil): return nil
    case (nil, _?): throw CommandFailure.usage("There is a key and no certificate to serve under", hint: "Add --tls-certificate.")
    case (_?, nil): throw CommandFailure.usage("There is a certificate to serve under and no key", hint: "Add --tls-key.")
    }
  }

  func isBehindTLSProxy(_ settings: Settings) -> Bool { behindTLSProxy || settings.isBehindTLSProxy }
}

extension Settings {
  /// Who may come in, as configured.
  func identity() throws -> IdentityOptions {
    var options = IdentityOptions()
    options.issuerName = tokenIssuer
    options.audience = tokenAudience
    options.tokenLifetimeSeconds = Int64(tokenLifetimeSeconds)
    if let issuers, let first = issuers.first(where: { !$0.isWhitespace }) {
      options.issuers = try IssuerDefinition.list(parsing: first == "[" ? Array(issuers.utf8) : LocalFile.read(issuers))
    }
    return options
  }
}

extension Settings {
  /// Where webhooks may send to, as configured.
  func receivers() throws -> ReceiverRules {
    ReceiverRules(allowed: try Self.networks(webhookNetworks, of: "MORAINE_WEBHOOK_NETWORKS"), allowsPlainHTTP: allowsPlainWebhooks)
  }

  static func networks(_ texts: [String], of setting: String) throws -> [NetworkRange] {
    try texts.map { text in
      guard let range = NetworkRange(text) else {
        throw CommandFailure.usage(
          "\"\(text)\" is no range of addresses", hint: "Write \(setting) as in: 10.1.0.0/16 127.0.0.1 fd00::/8")
      }
      return range
    }
  }
}

extension Settings {
  /// What namespaces of lineage events mean, as configured.
  func lineageAliases() throws -> [NamespaceAliases.Alias] {
    try lineageNamespaces.map { text in
      guard let alias = NamespaceAliases.Alias(text) else {
        throw CommandFailure.usage(
          "\"\(text)\" says not which warehouse is meant",
          hint: "Write MORAINE_LINEAGE_NAMESPACES as in: http://catalog:8181=main trino://trino:8080#lake=main")
      }
      return alias
    }
  }
}

extension ServeCommand {
  /// Lines for people, told apart from the log by what they begin with.
  private static func tell(_ lines: [String]) {
    let text = Array(lines.map { "moraine: \($0)\n" }.joined().utf8)
    _ = write(STDERR_FILENO, text, text.count)
  }

  static func warnOfAnonymousUse() {
    tell([
      "**********************************************************************",
      "DEVELOPMENT MODE: whoever reaches this address may do everything, and",
      "no credential is asked for. Start without --dev for anything of worth.",
      "**********************************************************************",
    ])
  }

  /// Shows the first administrator's credential: here, once, and in no log.
  static func show(_ credential: MintedCredential) {
    tell([
      "Nobody can administer this catalog yet, so a service \"admin\" was made. Its credential is shown this once:",
      "  client-id      \(credential.clientID)",
      "  client-secret  \(credential.secret.revealed)",
      "Use it with `moraine login --client-id \(credential.clientID)`, or as pyiceberg's credential=\"ID:SECRET\".",
    ])
  }
}
