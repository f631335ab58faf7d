import Catalog
import CatalogStore
import Logging
import Postgres
import ServiceLifecycle

/// Joins what reports and events tell to the versions of models that they concern, in one server at a time.
struct EvidenceService: Service {
  let catalog: Catalog
  let logger: Logger

  /// How long something new waits at most before somebody looks.
  private static let pause = Duration.milliseconds(500)

  func run() async throws {
    let lease = PostgresUUID.random()
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          if try await catalog.joinEvidence(lease, OperationContext(.server, requestID: "evidence")) { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("evidence could not be joined and will be tried again", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}
