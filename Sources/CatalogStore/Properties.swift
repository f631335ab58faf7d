import JSON
import Postgres

/// A map of strings as a text column holds it.
func storedText(_ properties: [String: String]) -> PostgresText {
  PostgresText(
    JSONWriter.text { writer in
      writer.object {
        for (key, value) in properties.sorted(by: { $0.key < $1.key }) {
          $0.key(key)
          $0.value(value)
        }
      }
    })
}

func storedProperties(_ text: PostgresText) throws -> [String: String] {
  try JSONDocument(parsing: text.bytes).root.object().strings()
}
