-- What the audit trail is searched by. Filled behind the sequencer in the order of places, off the path of every commit; it can be
-- emptied and filled anew from the events at any time, and proves nothing: events do.

CREATE TABLE audit_index (
  place bigint PRIMARY KEY,
  -- Null, as the rest is, for an event that is gone or cannot be read: `moraine audit verify` names it.
  occurred_at timestamptz,
  actor text COLLATE "C",
  action text COLLATE "C",
  object_kind text COLLATE "C",
  -- Names that lead to the object, joined by U+001F.
  object_path text COLLATE "C",
  kind text COLLATE "C" CHECK (kind IN ('change', 'denial', 'read')),
  request_id text COLLATE "C",
  -- Hashes (FNV-1a of 64 bits): of the object, and of what it lies in: the warehouse, and two levels of namespaces below it. An object
  -- of the whole catalog, as a tag, lies in its kind. Whoever looks by them compares the names as well.
  object bigint,
  within_1 bigint,
  within_2 bigint,
  within_3 bigint
);
-- Each finds what a filter wants and has it in the order of places, forwards and backwards. Negated, so that no plan goes through all
-- places by the primary key in the hope to meet soon what may have happened once, long ago.
CREATE INDEX audit_index_by_actor ON audit_index (actor, (0 - place));
CREATE INDEX audit_index_by_action ON audit_index (action, (0 - place));
CREATE INDEX audit_index_by_kind ON audit_index (kind, (0 - place));
CREATE INDEX audit_index_by_request ON audit_index (hashtextextended(request_id, 0), (0 - place));
CREATE INDEX audit_index_by_object ON audit_index (object, (0 - place));
CREATE INDEX audit_index_by_within_1 ON audit_index (within_1, (0 - place)) WHERE within_1 IS NOT NULL;
CREATE INDEX audit_index_by_within_2 ON audit_index (within_2, (0 - place)) WHERE within_2 IS NOT NULL;
CREATE INDEX audit_index_by_within_3 ON audit_index (within_3, (0 - place)) WHERE within_3 IS NOT NULL;

-- The earliest and the latest event of each 8,192 places. Times grow with places but not strictly: this finds the places of a time.
CREATE TABLE audit_index_times (
  block bigint PRIMARY KEY,
  earliest timestamptz NOT NULL,
  latest timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Every place before `next_place` is indexed, and none from there on.
CREATE TABLE audit_index_state (
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
  next_place bigint NOT NULL CHECK (next_place >= 0)
) WITH (fillfactor = 50);
INSERT INTO audit_index_state (next_place) VALUES (0);
