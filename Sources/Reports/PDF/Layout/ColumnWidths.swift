/// How wide a table's columns are.
enum ColumnWidths {
  /// Shares a width by weights, but gives every column what its heading's longest word needs, as far as there is room for that.
  static func of(weights: [Double], least: [Double], width: Double) -> [Double] {
    let sum = weights.reduce(0, +)
    // No column takes more than its equal share only for its heading.
    let least = least.map { min($0, width / Double(weights.count)) }
    var widths = weights.map { $0 / sum * width }
    // Each round may push others below what they need, so there are at most as many as columns.
    var isFixed = Array(repeating: false, count: weights.count)
    for _ in weights {
      guard let narrow = widths.indices.first(where: { !isFixed[$0] && widths[$0] < least[$0] }) else { break }
      isFixed[narrow] = true
      let fixed = widths.indices.filter { isFixed[$0] }.reduce(0) { $0 + least[$1] }
      let open = widths.indices.filter { !isFixed[$0] }.reduce(0) { $0 + weights[$1] }
      for index in widths.indices { widths[index] = isFixed[index] ? least[index] : weights[index] / open * (width - fixed) }
    }
    return widths
  }
}
