import Identity
import NIOSSL

/// Who may come in, and how.
package struct IdentityOptions: Sendable {
  /// Whether a request without a credential is answered; for trying things out on this machine alone.
  package var allowsAnonymous = false
  /// The `iss` of this catalog's own tokens.
  package var issuerName = "moraine"
  /// The `aud` of this catalog's own tokens.
  package var audience = "moraine"
  /// How long this catalog's own access tokens live: 30 to 86400.
  package var tokenLifetimeSeconds: Int64 = 3_600
  /// Others whose tokens are accepted.
  package var issuers: [IssuerDefinition] = []

  package init() {}
}

/// A certificate to serve under.
package struct TLSFiles: Hashable, Sendable {
  /// A PEM file: the server's certificate, then those that vouch for it.
  package let certificate: String
  /// A PEM file without a passphrase.
  package let key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  func configuration() throws -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    let privateKey: NIOSSLPrivateKey
    do {
      chain = try NIOSSLCertificate.fromPEMFile(certificate)
    } catch {
      throw ServerConfigurationError("The certificate \(certificate) cannot be used: \(error); give a PEM file with --tls-certificate")
    }
    do {
      privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
    } catch {
      throw ServerConfigurationError("The key \(key) cannot be used: \(error); give a PEM file without a passphrase with --tls-key")
    }
    guard !chain.isEmpty else {
      throw ServerConfigurationError("The file \(certificate) holds no certificate; give a PEM file with --tls-certificate")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }
}

/// A configuration that the server does not start with; says what to change.
package struct ServerConfigurationError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension ServerConfiguration {
  /// Refuses what would let strangers in or show credentials to them.
  func check() throws {
    let isLoopback = LoopbackHost.contains(host)
    if identity.allowsAnonymous, !isLoopback {
      throw ServerConfigurationError(
        "--dev lets everyone in without a credential, so it listens on loopback addresses only, not on \(host); drop --dev or --host")
    }
    if !isLoopback, tls == nil, !isBehindTLSProxy {
      throw ServerConfigurationError(
        "On \(host), tokens and secrets would cross the network in the clear; give --tls-certificate and --tls-key, or "
          + "--behind-tls-proxy when a proxy in front ends TLS and nobody else reaches this address")
    }
  }
}
