extension PassageGrid {
  /// The middle of each place. No two of a column come closer than the distances; long links are kept straight before all else.
  ///
  /// Columns are moved in turn towards the means of their neighbours, and each is settled at once, as near to its wishes as order and
  /// distances allow, in the sense of least squares.
  func heights(_ distances: LayeredLayout.Distances) -> [Double] {
    var middles = Array(repeating: 0.0, count: columns.count)
    let offsets = order.map { closest($0, distances) }
    for (column, places) in order.enumerated() {
      let total = (offsets[column].last ?? 0)
      for (index, place) in places.enumerated() { middles[place] = offsets[column][index] - total / 2 }
    }
    let rounds = columns.count > 6_000 ? 3 : columns.count > 1_500 ? 6 : 14
    for round in 0..<rounds {
      let isLate = round >= rounds - rounds / 3
      for column in order.indices.dropLast().reversed() { settle(column, &middles, offsets[column], right: true, left: isLate) }
      for column in order.indices.dropFirst() { settle(column, &middles, offsets[column], right: isLate, left: true) }
    }
    closeBands(&middles, widest: 2 * distances.boxes)
    return middles
  }

  /// Takes out what of an empty band across the whole picture is more than `widest`, so that parts without links between them stand together.
  private func closeBands(_ middles: inout [Double], widest: Double) {
    let sorted = middles.indices.sorted { (middles[$0] - heights[$0] / 2, $0) < (middles[$1] - heights[$1] / 2, $1) }
    guard let first = sorted.first else { return }
    var reached = middles[first] + heights[first] / 2
    var taken = 0.0
    for place in sorted {
      let (top, bottom) = (middles[place] - heights[place] / 2, middles[place] + heights[place] / 2)
      taken += max(0, top - reached - widest)
      reached = max(reached, bottom)
      middles[place] -= taken
    }
  }

  /// Where the middles of places would be if they were as close as they may be, the first at 0.
  private func closest(_ places: [Int], _ distances: LayeredLayout.Distances) -> [Double] {
    var offsets: [Double] = []
    offsets.reserveCapacity(places.count)
    for (index, place) in places.enumerated() {
      guard index > 0 else {
        offsets.append(0)
        continue
      }
      let previous = places[index - 1]
      let gap =
        switch (previous < boxCount, place < boxCount) {
        case (true, true): distances.boxes
        case (false, false): distances.links
        default: distances.boxAndLink
        }
      offsets.append(offsets[index - 1] + (heights[previous] + heights[place]) / 2 + gap)
    }
    return offsets
  }

  /// Moves one column: pooling of adjacent violators, on the wishes less the offsets.
  private func settle(_ column: Int, _ middles: inout [Double], _ offsets: [Double], right: Bool, left: Bool) {
    let places = order[column]
    var pools: [(mean: Double, weight: Double, count: Int)] = []
    pools.reserveCapacity(places.count)
    for (index, place) in places.enumerated() {
      var sum = 0.0
      var weight = 0.0
      if right { add(rightward[place], of: place, middles, &sum, &weight) }
      if left { add(leftward[place], of: place, middles, &sum, &weight) }
      // A place without links there would like to stay.
      if weight == 0 { (sum, weight) = (middles[place] * 0.05, 0.05) }
      var pool = (mean: sum / weight - offsets[index], weight: weight, count: 1)
      while let last = pools.last, last.mean > pool.mean {
        let weight = last.weight + pool.weight
        pool = ((last.mean * last.weight + pool.mean * pool.weight) / weight, weight, last.count + pool.count)
        pools.removeLast()
      }
      pools.append(pool)
    }
    var index = 0
    for pool in pools {
      for _ in 0..<pool.count {
        middles[places[index]] = pool.mean + offsets[index]
        index += 1
      }
    }
  }

  private func add(_ neighbours: [Int], of place: Int, _ middles: [Double], _ sum: inout Double, _ weight: inout Double) {
    for neighbour in neighbours {
      // Bends in the middle of a long link are the ugliest.
      let importance =
        switch (place < boxCount, neighbour < boxCount) {
        case (true, true): 1.0
        case (false, false): 8.0
        default: 2.0
        }
      sum += importance * (middles[neighbour] + ports[neighbour] - ports[place])
      weight += importance
    }
  }
}
