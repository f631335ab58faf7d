\set table random(1, :tables)
\set snapshot random(1, 9000000000000000000)
WITH swapped AS (
  UPDATE datasets SET version = version + 1, location = :location, metadata_location = :metadata_location, head = :head,
    owner = NULL::text, description = NULL::text, format_version = 2, changed_at = now()
  WHERE id = ('00000000-0000-0000-0000-' || lpad(:table::int::text, 12, '0'))::uuid AND version > 0
    AND identifier = E'main\x1fpgbench\x1ft' || :table::int AND dropped_at IS NULL
    AND :revision = (SELECT revision FROM access_revision)
  RETURNING id, version)
, added AS (
  INSERT INTO snapshots (dataset_id, snapshot_id, added_in, place, parent_id, sequence_number, timestamp_ms, operation, schema_id,
    manifest_list, document)
  SELECT swapped.id, s.id, swapped.version, s.place, s.parent, s.sequence, s.at, s.operation, s.schema, s.list, s.document
  FROM swapped, unnest(ARRAY[:snapshot]::bigint[], ARRAY[NULL]::bigint[], ARRAY[1]::bigint[], ARRAY[1700000000000]::bigint[],
    ARRAY['append']::text[], ARRAY[0]::bigint[], ARRAY[:manifest_list]::text[], ARRAY[:document]::text[]) WITH ORDINALITY
    AS s (id, parent, sequence, at, operation, schema, list, document, place))
, logged AS (
  INSERT INTO snapshot_log (dataset_id, added_in, place, timestamp_ms, snapshot_id)
  SELECT swapped.id, swapped.version, e.place, e.at, e.snapshot
  FROM swapped, unnest(ARRAY[1700000000000]::bigint[], ARRAY[:snapshot]::bigint[]) WITH ORDINALITY AS e (at, snapshot, place))
, audited AS (
  INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
  SELECT gen_random_uuid(),
    now(), convert_to(:canonical, 'UTF8'), sha256('leaf') FROM swapped)
SELECT count(*) FROM swapped;
