/// Functions and methods of the extension types, by name (Cedar documentation, "Operators").
enum ExtensionCalls {
  static func call(_ function: ExtensionFunction, _ arguments: [Value]) -> Result<Value, Failure> {
    guard arguments.count == function.argumentCount else { return .failure(Failure(.argumentCount(function, found: arguments.count))) }
    do throws(Failure) {
      return .success(try apply(function, arguments))
    } catch {
      return .failure(error)
    }
  }

  /// An evaluation error whose place is not known yet.
  struct Failure: Error {
    let kind: EvaluationError.Kind
    init(_ kind: EvaluationError.Kind) { self.kind = kind }
  }

  private static func apply(_ function: ExtensionFunction, _ arguments: [Value]) throws(Failure) -> Value {
    switch function {
    case .decimal, .ip, .datetime, .duration: try construct(function, arguments[0])
    case .lessThan: .bool(try decimal(arguments[0]) < decimal(arguments[1]))
    case .lessThanOrEqual: .bool(try decimal(arguments[0]) <= decimal(arguments[1]))
    case .greaterThan: .bool(try decimal(arguments[0]) > decimal(arguments[1]))
    case .greaterThanOrEqual: .bool(try decimal(arguments[0]) >= decimal(arguments[1]))
    case .isIpv4: .bool(try ip(arguments[0]).isIpv4)
    case .isIpv6: .bool(try ip(arguments[0]).isIpv6)
    case .isLoopback: .bool(try ip(arguments[0]).isLoopback)
    case .isMulticast: .bool(try ip(arguments[0]).isMulticast)
    case .isInRange: .bool(try ip(arguments[0]).isInRange(ip(arguments[1])))
    case .offset: .extension(.datetime(try offset(datetime(arguments[0]), duration(arguments[1]))))
    case .durationSince: .extension(.duration(try durationSince(datetime(arguments[0]), datetime(arguments[1]))))
    case .toDate: .extension(.datetime(try toDate(datetime(arguments[0]))))
    case .toTime: .extension(.duration(try datetime(arguments[0]).toTime))
    case .toMilliseconds: .long(try duration(arguments[0]).toMilliseconds)
    case .toSeconds: .long(try duration(arguments[0]).toSeconds)
    case .toMinutes: .long(try duration(arguments[0]).toMinutes)
    case .toHours: .long(try duration(arguments[0]).toHours)
    case .toDays: .long(try duration(arguments[0]).toDays)
    }
  }

  private static func construct(_ function: ExtensionFunction, _ argument: Value) throws(Failure) -> Value {
    guard case .string(let text) = argument else { throw mismatch("String", argument) }
    do throws(ExtensionError) {
      switch function {
      case .decimal: return .extension(.decimal(try CedarDecimal(text.string)))
      case .ip: return .extension(.ip(try IPAddress(text.string)))
      case .datetime: return .extension(.datetime(try CedarDatetime(text.string)))
      default: return .extension(.duration(try CedarDuration(text.string)))
      }
    } catch {
      throw Failure(.extension(function, error))
    }
  }

  private static func offset(_ start: CedarDatetime, _ duration: CedarDuration) throws(Failure) -> CedarDatetime {
    do throws(ExtensionError) { return try start.offset(by: duration) } catch { throw Failure(.extension(.offset, error)) }
  }

  private static func durationSince(_ end: CedarDatetime, _ start: CedarDatetime) throws(Failure) -> CedarDuration {
    do throws(ExtensionError) { return try end.durationSince(start) } catch { throw Failure(.extension(.durationSince, error)) }
  }

  private static func toDate(_ datetime: CedarDatetime) throws(Failure) -> CedarDatetime {
    do throws(ExtensionError) { return try datetime.toDate() } catch { throw Failure(.extension(.toDate, error)) }
  }

  private static func decimal(_ value: Value) throws(Failure) -> CedarDecimal {
    guard case .extension(.decimal(let decimal)) = value else { throw mismatch("decimal", value) }
    return decimal
  }

  private static func ip(_ value: Value) throws(Failure) -> IPAddress {
    guard case .extension(.ip(let address)) = value else { throw mismatch("ipaddr", value) }
    return address
  }

  private static func datetime(_ value: Value) throws(Failure) -> CedarDatetime {
    guard case .extension(.datetime(let datetime)) = value else { throw mismatch("datetime", value) }
    return datetime
  }

  private static func duration(_ value: Value) throws(Failure) -> CedarDuration {
    guard case .extension(.duration(let duration)) = value else { throw mismatch("duration", value) }
    return duration
  }

  private static func mismatch(_ expected: String, _ found: Value) -> Failure {
    Failure(.typeMismatch(expected: expected, found: found.typeName))
  }
}
