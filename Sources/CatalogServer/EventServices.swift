import Catalog
import CatalogStore
import Lineage
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import TransparencyLog

/// Gives events their places, in whichever server leads.
struct SequencerService: Service {
  let configuration: PostgresConfiguration
  let logger: Logger

  func run() async throws {
    let sequencer = EventSequencer(configuration, logger: logger)
    try? await gracefulShutdown()
    await sequencer.shutdown()
  }
}

/// Takes events into the log and signs it, in whichever server leads of those that have the log's key.
struct LogService: Service {
  let configuration: PostgresConfiguration
  let keys: [LogKey]
  let logger: Logger

  func run() async throws {
    guard !keys.isEmpty else {
      try? await gracefulShutdown()
      return
    }
    let sequencer = LogSequencer(configuration, keys: keys, logger: logger)
    try? await gracefulShutdown()
    await sequencer.shutdown()
  }
}

/// Indexes the trail for those who search it, in whichever server leads.
struct TrailIndexService: Service {
  let configuration: PostgresConfiguration
  let logger: Logger

  func run() async throws {
    let indexer = TrailIndexer(configuration, logger: logger)
    try? await gracefulShutdown()
    await indexer.shutdown()
  }
}

/// Takes lineage events into the graph, in whichever server leads.
struct LineageService: Service {
  let configuration: PostgresConfiguration
  let aliases: [NamespaceAliases.Alias]
  let logger: Logger

  func run() async throws {
    let intake = LineageIntake(configuration, aliases: aliases, logger: logger)
    try? await gracefulShutdown()
    await intake.shutdown()
  }
}

/// Tells webhooks what is new, several at a time, each by one server at a time.
struct WebhookService: Service {
  let catalog: Catalog
  let logger: Logger

  private static let pause = Duration.milliseconds(250)
  private static let concurrency = 8

  func run() async throws {
    await cancelWhenGracefulShutdown {
      let free = FreePlaces(Self.concurrency)
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          let context = OperationContext(.server, requestID: "deliver")
          do {
            let places = free.count
            let webhooks = places > 0 ? try await catalog.webhooksToTell(limit: places, context) : []
            for webhook in webhooks {
              free.take()
              group.addTask {
                defer { free.giveBack() }
                do {
                  try await catalog.deliver(to: webhook, context)
                } catch is CancellationError {
                } catch {
                  logger.warning(
                    "a delivery broke off and will go on", metadata: ["webhook": "\(webhook.webhook.name)", "error": "\(error)"])
                }
              }
            }
          } catch is CancellationError {
            return
          } catch {
            logger.warning("webhooks could not be looked after; this is tried again", metadata: ["error": "\(error)"])
          }
          try? await Task.sleep(for: Self.pause)
        }
      }
    }
  }
}

/// How many more may be told at the same time.
private final class FreePlaces: Sendable {
  private let places: Atomic<Int>

  init(_ count: Int) { places = Atomic(count) }

  var count: Int { places.load(ordering: .relaxed) }
  func take() { places.wrappingSubtract(1, ordering: .relaxed) }
  func giveBack() { places.wrappingAdd(1, ordering: .relaxed) }
}
