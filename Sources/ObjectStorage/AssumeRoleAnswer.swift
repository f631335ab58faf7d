/// Reads what a token service answers to AssumeRole.
enum AssumeRoleAnswer {
  private static let maximumTokenSizeBytes = 32 << 10

  /// - Throws: `unreadableAnswer` for anything but one whole set of credentials that is still good.
  static func credentials(_ body: [UInt8], nowMs: Int64) throws(CredentialVendingError) -> VendedCredentials {
    guard let answer = S3Answer(body, root: "AssumeRoleResponse") else { throw .unreadableAnswer("it is no AssumeRoleResponse") }
    let credentials = try only("Credentials", of: only("AssumeRoleResult", of: answer))
    let vended = VendedCredentials(
      accessKeyID: try text("AccessKeyId", credentials, 256), secretAccessKey: try text("SecretAccessKey", credentials, 256),
      sessionToken: try text("SessionToken", credentials, maximumTokenSizeBytes),
      expiresAtMs: S3Answer.milliseconds(try text("Expiration", credentials, 64)) ?? 0)
    guard vended.expiresAtMs > 0 else { throw .unreadableAnswer("its Expiration is no time") }
    guard vended.expiresAtMs > nowMs else { throw .unreadableAnswer("it has expired already; check the clocks") }
    return vended
  }

  /// What an error is called: `<ErrorResponse><Error><Code>` of AWS, `<Error><Code>` of Ceph.
  static func errorCode(_ body: [UInt8]) -> String {
    let inner = S3Answer(body, root: "ErrorResponse")?.elements("Error").first?.text("Code")
    let code = inner ?? S3Answer.errorCode(body)
    return code.utf8.count <= 100 && code.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? code : ""
  }

  private static func only(_ name: String, of element: S3Answer) throws(CredentialVendingError) -> S3Answer {
    let found = element.elements(name)
    guard found.count == 1 else { throw .unreadableAnswer("it has \(found.count) \(name)") }
    return found[0]
  }

  private static func text(_ name: String, _ parent: S3Answer, _ maximumSizeBytes: Int) throws(CredentialVendingError) -> String {
    let text = try only(name, of: parent).text
    guard !text.isEmpty, text.utf8.count <= maximumSizeBytes, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .unreadableAnswer("its \(name) is empty, too long, or not printable")
    }
    return text
  }
}
