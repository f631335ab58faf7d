package import JSON

/// An OpenLineage event (OpenLineage.json 2-0-2), with what we use of it typed. The text itself is kept by whoever received it.
///
/// Read liberally where producers are careless and nothing is lost: facets need neither `_producer` nor `_schemaURL`, the event no
/// `schemaURL`; members that we do not know are passed over; null is absence. Everything else that is not as the specification says is an
/// error that names its place.
package enum LineageEvent: Sendable {
  case run(RunEvent)
  case dataset(DatasetEvent)
  case job(JobEvent)

  /// Events that one request may hold.
  package static let maximumCount = 10_000
}

/// A run changed its state, or tells more of itself.
package struct RunEvent: Sendable {
  package let timeUs: Int64
  package let state: RunState
  package let run: RunID
  package let runFacets: RunFacets
  package let job: JobReference
  package let inputs: [InputDataset]
  package let outputs: [OutputDataset]
}

/// What is known of a job without any run.
package struct JobEvent: Sendable {
  package let timeUs: Int64
  package let job: JobReference
  package let inputs: [InputDataset]
  package let outputs: [OutputDataset]
}

/// What is known of a dataset without any job.
package struct DatasetEvent: Sendable {
  package let timeUs: Int64
  package let dataset: DatasetReference
}

/// A job with its facets.
package struct JobReference: Sendable {
  package let name: EntityName
  package let facets: JobFacets
}

/// A dataset with its facets.
package struct DatasetReference: Sendable {
  package let name: EntityName
  package let facets: DatasetFacets
}

package struct InputDataset: Sendable {
  package let dataset: DatasetReference
  package let inputFacets: InputFacets
}

package struct OutputDataset: Sendable {
  package let dataset: DatasetReference
  package let outputFacets: OutputFacets
}

extension LineageEvent: JSONDecodable {
  private static let maximumDatasets = 10_000

  package var timeUs: Int64 {
    switch self {
    case .run(let event): event.timeUs
    case .dataset(let event): event.timeUs
    case .job(let event): event.timeUs
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let time = try object.required("eventTime")
    guard let timeUs = EventTime.microseconds(try time.string()) else {
      throw time.invalid("Expected a date and time such as 2026-05-03T12:00:00.000Z, found \(time.rawText.prefix(60))")
    }
    _ = try object.required("producer").string()
    let schema = try object.optional("schemaURL")?.string()
    let (run, job, dataset) = (object.optional("run"), object.optional("job"), object.optional("dataset"))
    switch (run, job, dataset) {
    case (let run?, let job?, _): self = .run(try RunEvent(object, run: run, job: job, timeUs))
    // Both are there and no run: the schema that it claims to follow decides.
    case (nil, .some, let dataset?) where schema?.hasSuffix("/DatasetEvent") == true:
      self = .dataset(DatasetEvent(timeUs: timeUs, dataset: try DatasetReference(json: dataset)))
    case (nil, let job?, _): self = .job(try JobEvent(object, job: job, timeUs))
    case (_, nil, let dataset?): self = .dataset(DatasetEvent(timeUs: timeUs, dataset: try DatasetReference(json: dataset)))
    case (.some, nil, nil): throw json.invalid("Missing required field \"job\"")
    case (nil, nil, nil): throw json.invalid("Expected run and job, job, or dataset")
    }
  }

  fileprivate static func inputs(_ object: JSONObject) throws(JSONError) -> [InputDataset] {
    try bounded(object.optional("inputs"))?.decode { json throws(JSONError) in try InputDataset(json: json) } ?? []
  }

  fileprivate static func outputs(_ object: JSONObject) throws(JSONError) -> [OutputDataset] {
    try bounded(object.optional("outputs"))?.decode { json throws(JSONError) in try OutputDataset(json: json) } ?? []
  }

  private static func bounded(_ json: JSONValue?) throws(JSONError) -> JSONArray? {
    guard let json else { return nil }
    let array = try json.array()
    guard array.count <= maximumDatasets else { throw json.invalid("More than \(maximumDatasets) datasets") }
    return array
  }
}

extension RunEvent {
  fileprivate init(_ object: JSONObject, run: JSONValue, job: JSONValue, _ timeUs: Int64) throws(JSONError) {
    self.timeUs = timeUs
    if let type = object.optional("eventType") {
      guard let state = RunState(rawValue: try type.string().uppercased()) else {
        throw type.invalid("Expected one of \(RunState.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      self.state = state
    } else {
      state = .other
    }
    let members = try run.object()
    self.run = try RunID(json: members.required("runId"))
    runFacets = try RunFacets(members.optional("facets"))
    self.job = try JobReference(json: job)
    inputs = try LineageEvent.inputs(object)
    outputs = try LineageEvent.outputs(object)
  }
}

extension JobEvent {
  fileprivate init(_ object: JSONObject, job: JSONValue, _ timeUs: Int64) throws(JSONError) {
    self.timeUs = timeUs
    self.job = try JobReference(json: job)
    inputs = try LineageEvent.inputs(object)
    outputs = try LineageEvent.outputs(object)
  }
}

extension JobReference: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    name = try EntityName(json: json)
    facets = try JobFacets(json.object().optional("facets"))
  }
}

extension DatasetReference: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    name = try EntityName(json: json)
    facets = try DatasetFacets(json.object().optional("facets"))
  }
}

extension InputDataset: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    dataset = try DatasetReference(json: json)
    inputFacets = try InputFacets(json.object().optional("inputFacets"), besides: json.object().optional("facets"))
  }
}

extension OutputDataset: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    dataset = try DatasetReference(json: json)
    outputFacets = try OutputFacets(json.object().optional("outputFacets"))
  }
}
