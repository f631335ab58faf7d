-- What clients of Marquez's API list: events by the time of what they tell, names by a part of them, versions by who wrote them.

-- The event's own time. A server of before leaves it empty; then it is the time of arrival.
ALTER TABLE lineage_events ADD COLUMN happened_at timestamptz;
CREATE INDEX lineage_events_by_time ON lineage_events (coalesce(happened_at, received_at), id);

CREATE INDEX lineage_names_by_part ON lineage_names USING gin (name gin_trgm_ops);

CREATE INDEX lineage_run_datasets_written ON lineage_run_datasets (node_id, first_seen_at DESC) WHERE is_output;

-- How many events of each hour tell of runs in which state, as they were taken into the graph; those of before are not counted.
CREATE TABLE lineage_activity (
  hour timestamptz NOT NULL,
  state text NOT NULL,
  events bigint NOT NULL,
  PRIMARY KEY (hour, state)
) WITH (fillfactor = 50);

CREATE INDEX lineage_nodes_by_age ON lineage_nodes (kind, first_seen_at);
