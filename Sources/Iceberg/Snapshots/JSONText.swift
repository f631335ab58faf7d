/// Texts of JSON values that are kept as they came.
enum JSONText {
  /// The text without space between its tokens. `text` must be valid JSON.
  ///
  /// Text from one writer has space everywhere or nowhere, so text that looks compact where it begins and ends is taken as it is.
  static func compact(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> { looksCompact(text) ? text : removingSpace(text) }

  private static func looksCompact(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return true }
    if text.count == 2 { return true }
    guard !isSpace(text[text.startIndex + 1]), !isSpace(text[text.endIndex - 2]) else { return false }
    guard first == UInt8(ascii: "{") else { return !text.contains(where: isSpace) }
    // The first colon outside the first key tells.
    var index = text.startIndex + 2
    while text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    guard text[index + 1] == UInt8(ascii: ":"), !isSpace(text[index + 2]) else { return false }
    // Python's compact-looking `{"a":1, "b":2}`: a space behind the first comma of a scalar member.
    guard let comma = text[index...].firstIndex(of: UInt8(ascii: ",")) else { return true }
    return !isSpace(text[comma + 1])
  }

  private static func removingSpace(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if isSpace(byte) {
        continue
      }
      result.append(byte)
    }
    return result[...]
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
