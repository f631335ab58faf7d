/// Who made what from what: a document of W3C PROV (PROV-DM), written as PROV-JSON (W3C submission of 24 April 2013).
package struct Provenance: Hashable, Sendable {
  /// A name of PROV: the prefix stands for a URI, and what follows is put behind it, with what a name may not hold as `%` and hexadecimal digits.
  package struct Name: Hashable, Sendable {
    package var prefix: String
    package var local: String

    package init(_ prefix: String, _ local: String) {
      self.prefix = prefix
      self.local = local
    }
  }

  package enum Value: Hashable, Sendable {
    case string(String)
    /// Written as `xsd:long`.
    case int64(Int64)
    /// Written as `xsd:boolean`.
    case bool(Bool)
    /// In milliseconds since 1970; written as `xsd:dateTime`, to the millisecond, in UTC.
    case timeMs(Int64)
    /// Such as a type.
    case name(Name)
  }

  package struct Attribute: Hashable, Sendable {
    package var name: Name
    package var value: Value

    package init(_ name: Name, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// Something that is: a snapshot, a model version, a policy set.
  package struct Entity: Hashable, Sendable {
    package var name: Name
    /// A name may come several times, with several values.
    package var attributes: [Attribute]

    package init(_ name: Name, _ attributes: [Attribute] = []) {
      self.name = name
      self.attributes = attributes
    }
  }

  /// Something that happened: a run, a training, an approval.
  package struct Activity: Hashable, Sendable {
    package var name: Name
    package var startedAtMs: Int64?
    package var endedAtMs: Int64?
    package var attributes: [Attribute]

    package init(_ name: Name, startedAtMs: Int64? = nil, endedAtMs: Int64? = nil, _ attributes: [Attribute] = []) {
      self.name = name
      self.startedAtMs = startedAtMs
      self.endedAtMs = endedAtMs
      self.attributes = attributes
    }
  }

  /// Somebody who answers for it: a person, a team, a service.
  package struct Agent: Hashable, Sendable {
    package var name: Name
    package var attributes: [Attribute]

    package init(_ name: Name, _ attributes: [Attribute] = []) {
      self.name = name
      self.attributes = attributes
    }
  }

  package struct Relation: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      /// An activity used an entity.
      case used
      /// An entity was made by an activity.
      case wasGeneratedBy
      /// An entity came from another entity.
      case wasDerivedFrom
      /// An entity is somebody's.
      case wasAttributedTo
      /// An activity was somebody's doing.
      case wasAssociatedWith
      /// Somebody acted for somebody else.
      case actedOnBehalfOf
      /// An activity used what another one made.
      case wasInformedBy
      /// An entity is a more special one of another, such as a snapshot of its table.
      case specializationOf
      /// An entity was made invalid by an activity, such as a snapshot that expired.
      case wasInvalidatedBy
    }

    package var kind: Kind
    /// What the sentence begins with, such as the activity of `used`.
    package var subject: Name
    /// What it ends with, such as the entity of `used`.
    package var object: Name
    /// When; only of `used`, `wasGeneratedBy` and `wasInvalidatedBy`.
    package var timeMs: Int64?
    /// Not of `specializationOf`, which has none.
    package var attributes: [Attribute]

    package init(_ subject: Name, _ kind: Kind, _ object: Name, timeMs: Int64? = nil, _ attributes: [Attribute] = []) {
      self.kind = kind
      self.subject = subject
      self.object = object
      self.timeMs = timeMs
      self.attributes = attributes
    }
  }

  /// URIs by prefix, without `prov` and `xsd`, which are known.
  package var prefixes: [String: String]
  package var entities: [Entity] = []
  package var activities: [Activity] = []
  package var agents: [Agent] = []
  /// Their ids are written by their order.
  package var relations: [Relation] = []

  package init(prefixes: [String: String]) { self.prefixes = prefixes }
}
