import SeededRandom
import Testing

@testable import Identity

@Suite struct SecretTests {
  @Test func secretsAreReadBackAndMatchTheirHashAlone() throws {
    let one = ClientSecret()
    let other = ClientSecret()
    let read = try #require(ClientSecret(parsing: one.revealed))
    #expect(read.matches(one.hash))
    #expect(!other.matches(one.hash))
    #expect(one.revealed != other.revealed)
    let kept = try #require(SecretHash(bytes: one.hash.bytes))
    #expect(one.matches(kept))
    #expect(SecretHash(bytes: [1]) == nil)
    let token = PersonalAccessToken()
    let readToken = try #require(PersonalAccessToken(parsing: token.revealed))
    #expect(readToken.id == token.id)
    #expect(readToken.matches(token.hash))
    #expect(!PersonalAccessToken().matches(token.hash))
    // The same bytes as another kind of secret are another secret.
    let bytes = [UInt8](repeating: 7, count: 32)
    #expect(!SecretHash(of: bytes, .clientSecret).matches(bytes, .personalAccessToken))
  }

  @Test func aMistypedSecretIsNone() {
    var random = SeededGenerator(seed: 7)
    for text in [ClientSecret().revealed, PersonalAccessToken().revealed] {
      let bytes = Array(text.utf8)
      for place in bytes.indices {
        var changed = bytes
        repeat { changed[place] = UInt8.random(in: 0x21..<0x7F, using: &random) } while changed[place] == bytes[place]
        let wrong = String(decoding: changed, as: UTF8.self)
        #expect(ClientSecret(parsing: wrong) == nil)
        #expect(PersonalAccessToken(parsing: wrong) == nil)
      }
      for wrong in [text.uppercased(), String(text.dropLast()), text + "0", " " + text, "", "None", String(repeating: text, count: 1_000)] {
        #expect(ClientSecret(parsing: wrong) == nil)
        #expect(PersonalAccessToken(parsing: wrong) == nil)
      }
    }
  }

  @Test func nothingSecretPrintsItself() throws {
    let secret = ClientSecret()
    let token = PersonalAccessToken()
    let key = SigningKey(createdAtSeconds: 0)
    let header = AuthorizationHeader(["Bearer " + token.revealed])
    var dumped = ""
    dump([secret, token, key, header, secret.hash, token.hash] as [Any], to: &dumped)
    let shown = "\(secret) \(token) \(key) \(header) \(secret.hash)" + String(reflecting: [secret]) + String(reflecting: [token]) + dumped
    let hidden = [
      secret.revealed.dropFirst(11).prefix(16), token.revealed.suffix(72).prefix(16), SecretText.hexadecimal(key.privateBytes).prefix(16),
    ]
    for part in hidden { #expect(!shown.contains(part)) }
    #expect(!shown.contains(key.privateBytes.description.dropFirst().prefix(20)))
  }

  @Test func base64URLIsOneTextForOneMeaning() {
    var random = SeededGenerator(seed: 3)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for text in ["A", "AB=", "AB==", "A+", "A/", "A B", "AB\n", "AB", "AAB"] { #expect(Base64URL.decode(Array(text.utf8)) == nil) }
  }
}
