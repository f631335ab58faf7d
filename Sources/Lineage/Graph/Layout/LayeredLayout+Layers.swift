extension LayeredLayout {
  /// Which links must be turned around so that no cycle is left: those that lead back while going through the graph in depth, beginning
  /// where data begins.
  func reversedLinks() -> [Bool] {
    var reversed = Array(repeating: false, count: links.count)
    var outgoing: [[Int]] = Array(repeating: [], count: boxes.count)
    var incomingCount = Array(repeating: 0, count: boxes.count)
    for (index, link) in links.enumerated() {
      outgoing[link.from].append(index)
      incomingCount[link.to] += 1
    }
    enum State { case fresh, open, done }
    var states = Array(repeating: State.fresh, count: boxes.count)
    var next = Array(repeating: 0, count: boxes.count)
    let starts = boxes.indices.filter { incomingCount[$0] == 0 } + boxes.indices.filter { incomingCount[$0] > 0 }
    for start in starts where states[start] == .fresh {
      states[start] = .open
      var path = [start]
      while let box = path.last {
        guard next[box] < outgoing[box].count else {
          states[box] = .done
          path.removeLast()
          continue
        }
        let link = outgoing[box][next[box]]
        next[box] += 1
        let target = links[link].to
        switch states[target] {
        case .open: reversed[link] = true
        case .done: break
        case .fresh:
          states[target] = .open
          path.append(target)
        }
      }
    }
    return reversed
  }

  /// The column of each box: by the longest way, then moved within its room so that links are short, then spread where too many share one.
  func columnsOfBoxes() -> [Int] {
    var left: [[Int]] = Array(repeating: [], count: boxes.count)
    var right = left
    for index in links.indices {
      let (from, to) = ends(index)
      right[from].append(to)
      left[to].append(from)
    }
    let sorted = topologicalOrder(left: left, right: right)
    var columns = longestWays(sorted, left: left, right: right)
    shorten(&columns, sorted, left: left, right: right)
    spread(&columns, sorted, left: left, right: right)
    // From 0, without empty columns.
    let used = Array(Set(columns)).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($0.element, $0.offset) })
    return columns.map { numbers[$0] ?? 0 }
  }

  private func topologicalOrder(left: [[Int]], right: [[Int]]) -> [Int] {
    var waiting = left.map(\.count)
    var order = boxes.indices.filter { waiting[$0] == 0 }
    var position = 0
    while position < order.count {
      for next in right[order[position]] {
        waiting[next] -= 1
        if waiting[next] == 0 { order.append(next) }
      }
      position += 1
    }
    return order
  }

  private func longestWays(_ sorted: [Int], left: [[Int]], right: [[Int]]) -> [Int] {
    var columns = Array(repeating: 0, count: boxes.count)
    if alignsRight {
      for box in sorted.reversed() { for next in right[box] { columns[box] = min(columns[box], columns[next] - 1) } }
    } else {
      for box in sorted { for previous in left[box] { columns[box] = max(columns[box], columns[previous] + 1) } }
    }
    return columns
  }

  /// Moves each box to the end of its room where more of its links are, some times over.
  private func shorten(_ columns: inout [Int], _ sorted: [Int], left: [[Int]], right: [[Int]]) {
    for round in 0..<6 {
      var moved = false
      for box in round % 2 == 0 ? sorted.reversed() : sorted {
        guard left[box].count != right[box].count else { continue }
        var target = columns[box]
        if left[box].count < right[box].count {
          target = right[box].reduce(Int.max) { min($0, columns[$1]) } - 1
        } else {
          target = left[box].reduce(Int.min) { max($0, columns[$1]) } + 1
        }
        if target != columns[box] {
          columns[box] = target
          moved = true
        }
      }
      if !moved { break }
    }
  }

  /// Spreads a crowded column over several, away from where the boxes are aligned to, so that the picture stays nearer to a page's shape.
  private func spread(_ columns: inout [Int], _ sorted: [Int], left: [[Int]], right: [[Int]]) {
    guard boxes.count <= limits.spreadingBoxes else { return }
    // Counted from the side that boxes are aligned to.
    let edge = alignsRight ? (columns.max() ?? 0) : (columns.min() ?? 0)
    let wished = columns.map { alignsRight ? edge - $0 : $0 - edge }
    var crowd: [Int: Int] = [:]
    for column in wished { crowd[column, default: 0] += 1 }
    guard let largest = crowd.values.max(), largest > limits.columnBoxes else { return }
    let parts = (largest + limits.columnBoxes - 1) / limits.columnBoxes
    let capacity = (largest + parts - 1) / parts
    var counts: [Int: Int] = [:]
    var result = wished
    for box in alignsRight ? sorted.reversed() : sorted {
      var column = wished[box]
      for neighbour in alignsRight ? right[box] : left[box] { column = max(column, result[neighbour] + 1) }
      while counts[column, default: 0] >= capacity { column += 1 }
      counts[column, default: 0] += 1
      result[box] = column
    }
    columns = result.map { alignsRight ? edge - $0 : edge + $0 }
  }
}
