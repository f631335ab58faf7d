/// Lays out policies anew and keeps every comment, in the manner of the `cedar format` command.
///
/// The text says the same afterwards; formatting it once more changes nothing. Comments on lines of their own stay before the token they
/// stood before, comments at the end of a line stay behind the token they stood behind. Empty lines stand between policies only.
package struct PolicyFormatter {
  /// Columns on a line, where lines can be broken.
  package var lineWidth: Int
  /// Spaces by which what is inside stands further in.
  package var indentWidth: Int

  package init(lineWidth: Int = 80, indentWidth: Int = 2) {
    self.lineWidth = max(lineWidth, 1)
    self.indentWidth = min(max(indentWidth, 0), 64)
  }

  /// The text laid out, ended by a newline; an error where it is not a text of policies.
  package func format(_ text: String) throws(SyntaxError) -> String {
    _ = try PolicyParser.policies(text)
    var layouter = PolicyLayouter(tokens: try CommentedTokens(SourceText(text)), indent: indentWidth)
    var policies: [String] = []
    while layouter.tokens.current != .end { policies.append(LayoutRenderer.text(of: layouter.policy(), width: lineWidth)) }
    let comments = layouter.tokens.takeLeading()
    return policies.joined(separator: "\n\n") + "\n" + comments.map { $0 + "\n" }.joined()
  }
}
