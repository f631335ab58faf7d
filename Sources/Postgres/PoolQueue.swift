/// First in, first out, without the cost of an array's removeFirst.
struct PoolQueue {
  private var jobs: [PoolJob?] = []
  private var head = 0
  private(set) var count = 0

  mutating func append(_ job: PoolJob) {
    jobs.append(job)
    count += 1
  }

  mutating func popFirst() -> PoolJob? {
    while head < jobs.count {
      defer { head += 1 }
      guard let job = jobs[head] else { continue }
      jobs[head] = nil
      count -= 1
      if head > 1024, head * 2 > jobs.count {
        jobs.removeFirst(head)
        head = 0
      }
      return job
    }
    jobs.removeAll(keepingCapacity: true)
    head = 0
    return nil
  }

  mutating func remove(_ job: PoolJob) {
    guard let index = jobs.lastIndex(where: { $0 === job }) else { return }
    jobs[index] = nil
    count -= 1
  }
}
