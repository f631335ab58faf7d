/// A report as one value. The page for browsers and the file for print are both written from it, so that they cannot tell different things.
///
/// What comes first is what somebody reads who reads no more: the facts of the title page, then the summary. A table of contents follows, then
/// the sections, numbered by their order.
package struct ReportDocument: Hashable, Sendable {
  /// Such as `Training data of credit-risk@7`.
  package var title: String
  /// A line under the title; empty for none.
  package var subtitle: String
  /// The language of the text, as a tag of BCP 47 such as `en`.
  package var language: String
  /// Who made it: a product or an organisation. Written into the files' properties.
  package var author: String
  /// When the report was made, in milliseconds since 1970. The only time that gets into the files: the same document has the same bytes.
  package var createdAtMs: Int64
  /// What stands on the title page, in order.
  package var facts: [ReportFact]
  package var summary: [ReportBlock]
  package var sections: [ReportSection]

  package init(
    title: String, subtitle: String = "", language: String = "en", author: String, createdAtMs: Int64, facts: [ReportFact] = [],
    summary: [ReportBlock] = [], sections: [ReportSection] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.language = language
    self.author = author
    self.createdAtMs = createdAtMs
    self.facts = facts
    self.summary = summary
    self.sections = sections
  }
}

/// A name and what it is, such as `Model` and `credit-risk@7`.
package struct ReportFact: Hashable, Sendable {
  package var name: String
  package var value: ReportText

  package init(_ name: String, _ value: ReportText) {
    self.name = name
    self.value = value
  }
}

/// A part of a report with a heading.
package struct ReportSection: Hashable, Sendable {
  /// What links say to get here. Each once in a document: small ASCII letters, digits and hyphens, a letter first.
  package var id: String
  package var title: String
  package var blocks: [ReportBlock]
  /// Sections below this one; at most four deep in all.
  package var sections: [ReportSection]

  package init(id: String, title: String, blocks: [ReportBlock] = [], sections: [ReportSection] = []) {
    self.id = id
    self.title = title
    self.blocks = blocks
    self.sections = sections
  }
}
