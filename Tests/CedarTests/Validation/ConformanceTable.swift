/// Entities and requests, and whether Cedar takes them with the schema.
enum ConformanceTable {
  static let schema = """
    entity Kind enum ["a","b"];
    entity Team in [Team];
    entity Root;
    entity User in [Team, Kind] = { name: String, age?: Long, inner: {x: Long, y?: Set<Long>}, k?: Kind, act?: Action, ip?: ipaddr, team?: Team } tags Long;
    action all;
    action some in all;
    action read in some appliesTo { principal: User, resource: [Root, Kind], context: { c: Long, d?: {e: Kind}, w?: datetime } };
    """

  static let acceptedEntities = [
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1, "y": [1, 2]}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1, "y": []}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "k": {"__entity": {"type": "Kind", "id": "a"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "act": {"__entity": {"type": "Action", "id": "read"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "ip": {"__extn": {"fn": "ip", "arg": "1.2.3.4"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "team": {"__entity": {"type": "Team", "id": "nobody"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Team", "id": "t"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Kind", "id": "a"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Team", "id": "t"}]}, {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": [{"type": "Team", "id": "s"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [], "tags": {"a": 1}}]"#,
    #"[{"uid": {"type": "Team", "id": "u"}, "attrs": {}, "parents": [], "tags": {}}]"#,
    #"[{"uid": {"type": "Kind", "id": "a"}, "attrs": {}, "parents": []}]"#,
    #"[{"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "some"}, {"type": "Action", "id": "all"}]}]"#,
    #"[{"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "some"}]}, {"uid": {"type": "Action", "id": "some"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}]"#,
    #"[{"uid": {"type": "Action", "id": "all"}, "attrs": {}, "parents": []}]"#,
  ]

  static let refusedEntities = [
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n"}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": 1, "inner": {"x": 1}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "zz": 1}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1, "z": 2}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1, "y": ["a"]}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "k": {"__entity": {"type": "Kind", "id": "c"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "k": {"__entity": {"type": "Team", "id": "c"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}, "act": {"__entity": {"type": "Action", "id": "nope"}}}, "parents": []}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Kind", "id": "z"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Root", "id": "z"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [{"type": "Nope", "id": "z"}]}]"#,
    #"[{"uid": {"type": "User", "id": "u"}, "attrs": {"name": "n", "inner": {"x": 1}}, "parents": [], "tags": {"a": "x"}}]"#,
    #"[{"uid": {"type": "Team", "id": "u"}, "attrs": {}, "parents": [], "tags": {"a": 1}}]"#,
    #"[{"uid": {"type": "Nope", "id": "u"}, "attrs": {}, "parents": []}]"#,
    #"[{"uid": {"type": "Kind", "id": "z"}, "attrs": {}, "parents": []}]"#,
    #"[{"uid": {"type": "Kind", "id": "a"}, "attrs": {"a": 1}, "parents": []}]"#,
    #"[{"uid": {"type": "Kind", "id": "a"}, "attrs": {}, "parents": [{"type": "Team", "id": "t"}]}]"#,
    #"[{"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "some"}]}]"#,
    #"[{"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": []}]"#,
    #"[{"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "some"}, {"type": "Action", "id": "all"}, {"type": "Action", "id": "z"}]}]"#,
    #"[{"uid": {"type": "Action", "id": "nope"}, "attrs": {}, "parents": []}]"#,
    #"[{"uid": {"type": "Action", "id": "all"}, "attrs": {"a": 1}, "parents": []}]"#,
    #"[{"uid": {"type": "Action", "id": "all"}, "attrs": {}, "parents": [], "tags": {"a": 1}}]"#,
  ]

  static let acceptedRequests = [
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Kind", "id": "a"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "d": {"e": {"__entity": {"type": "Kind", "id": "a"}}}}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "w": {"__extn": {"fn": "datetime", "arg": "2024-01-01"}}}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "w": "2024-01-01"}}"#,
  ]

  static let refusedRequests = [
    #"{"principal": {"type": "Team", "id": "t"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "Nope", "id": "t"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "Action", "id": "read"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "nope"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "all"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "User", "id": "u"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Kind", "id": "z"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Nope", "id": "z"}, "context": {"c": 1}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": "x"}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "z": 2}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "d": {"e": {"__entity": {"type": "Kind", "id": "q"}}}}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "d": {}}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": 1, "w": {"__extn": {"fn": "duration", "arg": "1h"}}}}"#,
    #"{"principal": {"type": "User", "id": "u"}, "action": {"type": "Action", "id": "read"}, "resource": {"type": "Root", "id": "r"}, "context": {"c": true}}"#,
  ]
}
