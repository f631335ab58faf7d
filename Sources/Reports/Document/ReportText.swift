/// Text with emphasis, code and links to other sections, in one line that the writers wrap.
///
/// A string literal is plain text. Texts are put together with `+`. Control characters, line ends and marks that turn a line around are shown as
/// `�`, since a name that holds them must not pass for another.
package struct ReportText: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  package enum Style: Hashable, Sendable {
    case plain, strong
    /// Names, digests, commands: every character of the same width.
    case code
    /// What is said in passing.
    case quiet
  }

  package struct Span: Hashable, Sendable {
    package var string: String
    package var style: Style
    /// The id of the section that it leads to.
    package var target: String?
  }

  package var spans: [Span]

  package init(_ string: String, style: Style = .plain) {
    spans = string.isEmpty ? [] : [Span(string: string, style: style)]
  }

  package init(stringLiteral value: String) { self.init(value) }

  package static func strong(_ string: String) -> ReportText { ReportText(string, style: .strong) }
  package static func code(_ string: String) -> ReportText { ReportText(string, style: .code) }
  package static func quiet(_ string: String) -> ReportText { ReportText(string, style: .quiet) }

  /// - Parameter section: the id of a section of the same document.
  package static func link(_ string: String, to section: String) -> ReportText {
    var text = ReportText()
    text.spans = [Span(string: string, style: .plain, target: section)]
    return text
  }

  package init() { spans = [] }

  package static func + (left: ReportText, right: ReportText) -> ReportText {
    var text = left
    text.spans += right.spans
    return text
  }

  package static func += (left: inout ReportText, right: ReportText) { left.spans += right.spans }

  /// Without styles and links.
  package var string: String { spans.map(\.string).joined() }
}
