/// Rows under named columns. It may be longer than a page, not wider.
package struct ReportTable: Hashable, Sendable {
  package enum Alignment: Hashable, Sendable {
    case start
    /// For numbers that are compared.
    case end
  }

  package struct Column: Hashable, Sendable {
    package var title: String
    /// Its share of the width, against the other columns' weights. More than 0.
    package var weight: Double
    package var alignment: Alignment

    package init(_ title: String, weight: Double = 1, alignment: Alignment = .start) {
      self.title = title
      self.weight = weight
      self.alignment = alignment
    }
  }

  /// What it shows, in a few words.
  package var caption: String
  package var columns: [Column]
  /// Each with a cell for each column.
  package var rows: [[ReportText]]
  /// What is written instead of rows when there are none.
  package var emptyText: String

  package init(caption: String, columns: [Column], rows: [[ReportText]] = [], emptyText: String = "None.") {
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.emptyText = emptyText
  }
}
