package import JSON
package import Postgres
import TransparencyLog

package enum MLflowServerEntity {}
package typealias MLflowServerID = EntityID<MLflowServerEntity>

/// A tracking server of MLflow whose model versions are taken over.
package struct MLflowServer: Hashable, Sendable {
  package let id: MLflowServerID
  package let name: String
  package let trackingURL: String
  /// Where its registry is, if not there.
  package let registryURL: String?
  /// Of a server with several.
  package let workspace: String?
  /// Which registered models, with `*` for anything; empty for all.
  package let models: [String]
  /// `service:mlflow`: in whose name versions are made and bound.
  package let principal: String
  /// Of models that are not known here yet, and how risky these are.
  package let owner: String
  package let tier: RiskTier
  /// What its secret is called; `nil` for a server that asks for none.
  package let secretName: String?
  package let createdBy: String
  package let createdAt: PostgresTimestamp

  package init(
    id: MLflowServerID, name: String, trackingURL: String, registryURL: String?, workspace: String?, models: [String], principal: String,
    owner: String, tier: RiskTier, secretName: String?, createdBy: String, createdAt: PostgresTimestamp
  ) {
    self.id = id
    self.name = name
    self.trackingURL = trackingURL
    self.registryURL = registryURL
    self.workspace = workspace
    self.models = models
    self.principal = principal
    self.owner = owner
    self.tier = tier
    self.secretName = secretName
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  /// Whether a registered model is taken over.
  package func wants(_ model: String) -> Bool { models.isEmpty || models.contains { Self.matches(model.utf8[...], $0.utf8[...]) } }

  /// `*` stands for anything, also for nothing; every other byte for itself. Goes back to the last `*` alone, so it takes time that grows
  /// with the product of the lengths at most.
  private static func matches(_ text: Substring.UTF8View, _ pattern: Substring.UTF8View) -> Bool {
    var text = text
    var pattern = pattern
    var retry: (text: Substring.UTF8View, pattern: Substring.UTF8View)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (text, pattern)
      } else if let wanted = pattern.first, wanted == text.first {
        pattern = pattern.dropFirst()
        text = text.dropFirst()
      } else if pattern.isEmpty, text.isEmpty {
        return true
      } else if let last = retry, !last.text.isEmpty {
        text = last.text.dropFirst()
        pattern = last.pattern
        retry = (text, pattern)
      } else {
        return false
      }
    }
  }

  var auditFacts: [String: CanonicalValue] {
    var facts: [String: CanonicalValue] = [
      "tracking-url": .string(trackingURL), "models": .array(models.map { .string($0) }), "principal": .string(principal),
      "owner": .string(owner), "risk-tier": .string(tier.rawValue),
    ]
    for (key, value) in [("registry-url", registryURL), ("workspace", workspace), ("secret-name", secretName)] {
      facts[key] = value.map { .string($0) }
    }
    return facts
  }
}

/// How far a server's versions have been taken over.
package struct MLflowProgress: Hashable, Sendable {
  /// When everything was read to its end; `nil` before that.
  package let polledAt: PostgresTimestamp?
  /// `nil` when nothing is planned.
  package let nextPollAt: PostgresTimestamp?
  /// Since the last success.
  package let failingSince: PostgresTimestamp?
  package let failedAt: PostgresTimestamp?
  package let lastError: String?
  /// Versions that are known here.
  package let versions: Int64
  package let waiting: Int64

  init(
    polledAt: PostgresTimestamp?, nextPollAt: PostgresTimestamp?, failingSince: PostgresTimestamp?, failedAt: PostgresTimestamp?,
    lastError: String?, versions: Int64, waiting: Int64
  ) {
    self.polledAt = polledAt
    self.nextPollAt = nextPollAt
    self.failingSince = failingSince
    self.failedAt = failedAt
    self.lastError = lastError
    self.versions = versions
    self.waiting = waiting
  }

  /// Of a server that is to be read as soon as somebody can.
  package init(due time: PostgresTimestamp) {
    self.init(polledAt: nil, nextPollAt: time, failingSince: nil, failedAt: nil, lastError: nil, versions: 0, waiting: 0)
  }
}

/// A version's name in MLflow's registry.
package struct RegisteredVersion: Hashable, Sendable {
  package let model: String
  /// A number, as text.
  package let version: String

  package init(model: String, version: String) {
    self.model = model
    self.version = version
  }
}

/// A version that is looked at again, and why.
package struct WaitingVersion: Sendable {
  package let name: RegisteredVersion
  package let reason: String
  package let since: PostgresTimestamp
  package let retryAt: PostgresTimestamp
}

/// What MLflow says of a version beside what the version itself keeps.
package struct MLflowFacts: Hashable, Sendable {
  package var server: String
  package var name: RegisteredVersion
  /// Its stage in MLflow, which is not ours.
  package var stage: String?
  package var aliases: [String]
  package var status: String?
  package var experiment: String?
  package var features: Features?
  /// What is not known of its inputs, and why.
  package var gaps: [String]

  /// What Feast's tags say of the features that were read.
  package struct Features: Hashable, Sendable {
    package var project: String?
    package var service: String?
    package var views: [String]
    /// `view:feature`.
    package var references: [String]

    package init(project: String?, service: String?, views: [String], references: [String]) {
      self.project = project
      self.service = service
      self.views = views
      self.references = references
    }
  }

  package init(
    server: String, name: RegisteredVersion, stage: String?, aliases: [String], status: String?, experiment: String?, features: Features?,
    gaps: [String]
  ) {
    self.server = server
    self.name = name
    self.stage = stage
    self.aliases = aliases
    self.status = status
    self.experiment = experiment
    self.features = features
    self.gaps = gaps
  }
}

/// The same as it is on record.
package struct RecordedMLflowFacts: Sendable {
  package let facts: MLflowFacts
  package let seenAt: PostgresTimestamp
  /// When it was found to be deleted in MLflow.
  package let goneAt: PostgresTimestamp?
}

extension MLflowFacts.Features: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let project { $0.field("project", project) }
      if let service { $0.field("service", service) }
      $0.field("views", views)
      $0.field("references", references)
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    project = try object.optional("project").map { value throws(JSONError) in try value.string() }
    service = try object.optional("service").map { value throws(JSONError) in try value.string() }
    views = try object.required("views").array().decode { value throws(JSONError) in try value.string() }
    references = try object.required("references").array().decode { value throws(JSONError) in try value.string() }
  }
}
