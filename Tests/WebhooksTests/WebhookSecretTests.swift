import FoundationEssentials
import Testing

@testable import Webhooks

@Suite struct WebhookSecretTests {
  /// The example of the Standard Webhooks specification's reference libraries.
  @Test func signsAsOthersDo() throws {
    let key = Array(try #require(Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
    let signature = WebhookSecret(bytes: key).signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func isShownOnlyWhenAsked() {
    let secret = WebhookSecret()
    #expect(secret.revealed.hasPrefix("whsec_") && secret.revealed.utf8.count == 6 + 44)
    #expect("\(secret)" == "…" && String(reflecting: secret) == "…")
    #expect(WebhookSecret().bytes != secret.bytes)
  }
}
