extension PassageGrid {
  /// Changes the order within columns so that fewer segments cross: sweeps that sort each column by the mean position of its neighbours in
  /// the column before, then exchanges of places next to each other. Keeps the best order met.
  ///
  /// - Parameter visits: how many places may be looked at, over all sweeps.
  mutating func order(visits: Int) {
    crossings = countCrossings()
    var best = (order: order, crossings: crossings)
    let sweeps = min(24, max(2, visits / max(1, columns.count)))
    var fruitless = 0
    for sweep in 0..<sweeps where best.crossings > 0 && fruitless < 6 {
      if sweep % 2 == 0 {
        for column in order.indices.dropFirst() { sort(column, by: leftward) }
      } else {
        for column in order.indices.dropLast().reversed() { sort(column, by: rightward) }
      }
      crossings = countCrossings()
      fruitless += 1
      if crossings < best.crossings {
        best = (order, crossings)
        fruitless = 0
      }
    }
    order = best.order
    for column in order.indices { number(column) }
    if columns.count <= 800 { exchangeNeighbours() }
    crossings = countCrossings()
  }

  private mutating func sort(_ column: Int, by neighbours: [[Int]]) {
    var keys: [(key: Double, position: Int, place: Int)] = []
    keys.reserveCapacity(order[column].count)
    for (position, place) in order[column].enumerated() {
      var sum = 0
      for neighbour in neighbours[place] { sum += positions[neighbour] }
      let count = neighbours[place].count
      // Places without neighbours there stay about where they are.
      let scale = count == 0 ? Double(position) : Double(sum) / Double(count)
      keys.append((scale, position, place))
    }
    keys.sort { $0.key != $1.key ? $0.key < $1.key : $0.position < $1.position }
    for (position, key) in keys.enumerated() {
      order[column][position] = key.place
      positions[key.place] = position
    }
  }

  private mutating func exchangeNeighbours() {
    for _ in 0..<8 {
      var improved = false
      for column in order.indices {
        for position in order[column].indices.dropLast() {
          let (upper, lower) = (order[column][position], order[column][position + 1])
          let now = crossings(upper, above: lower)
          guard now > 0, crossings(lower, above: upper) < now else { continue }
          order[column].swapAt(position, position + 1)
          positions[upper] = position + 1
          positions[lower] = position
          improved = true
        }
      }
      if !improved { break }
    }
  }

  /// How many segments of the two cross when the first stands above the second.
  private func crossings(_ upper: Int, above lower: Int) -> Int {
    var count = 0
    for (ones, others) in [(leftward[upper], leftward[lower]), (rightward[upper], rightward[lower])] {
      for one in ones { for other in others where positions[one] > positions[other] { count += 1 } }
    }
    return count
  }

  /// Between each two columns: segments from the top, and for each how many before it end below it (Barth, Jünger and Mutzel, 2002).
  private func countCrossings() -> Int {
    var total = 0
    for column in order.indices.dropLast() {
      let size = order[column + 1].count
      var sums = Array(repeating: 0, count: size + 1)
      var seen = 0
      for place in order[column] {
        let ends = rightward[place].map { positions[$0] }.sorted()
        for end in ends {
          // How many segments ended at or above this one's end.
          var index = end + 1
          var above = 0
          while index > 0 {
            above += sums[index]
            index -= index & -index
          }
          total += seen - above
        }
        for end in ends {
          var index = end + 1
          while index <= size {
            sums[index] += 1
            index += index & -index
          }
        }
        seen += ends.count
      }
    }
    return total
  }
}
