import Catalog
import CatalogStore
import Logging
import ServiceLifecycle

/// Runs jobs in the background, one at a time in each server, and forgets what nobody needs any more.
struct JobService: Service {
  let catalog: Catalog
  let logger: Logger

  /// How long an idle server waits before it looks for work again.
  private static let pause = Duration.seconds(1)

  /// How long until it is looked again which logs are due to be read.
  private var refreshPause: Duration { min(.seconds(60), max(.seconds(1), (catalog.options.refreshInterval ?? .seconds(60)) / 4)) }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var housekeepingDue = ContinuousClock.now
      var refreshesDue = housekeepingDue
      do {
        try await catalog.scheduleSweeps(OperationContext(.server, requestID: "start"))
      } catch {
        logger.warning("sweeps could not be scheduled", metadata: ["error": "\(error)"])
      }
      while !Task.isCancelled {
        let context = OperationContext(.server, requestID: "job")
        do {
          if ContinuousClock.now >= housekeepingDue {
            try await catalog.forgetOldAnswers()
            await catalog.endPins()
            await catalog.tagPins()
            housekeepingDue = .now + .seconds(60)
          }
          if ContinuousClock.now >= refreshesDue {
            try await catalog.scheduleRefreshes(context)
            refreshesDue = .now + refreshPause
          }
          if try await catalog.runNextJob(context) { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("background work failed and will be tried again", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}
