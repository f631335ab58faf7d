-- Retention: the rules, what was done by them, and what people are asked.

-- Tags of a dataset and of its columns.
CREATE FUNCTION tags_of(tags jsonb) RETURNS TABLE (key text, value text) LANGUAGE sql IMMUTABLE AS $$
  SELECT t.key, t.value FROM jsonb_each_text(coalesce(tags -> 'own', '{}')) t
  UNION SELECT t.key, t.value FROM jsonb_each(coalesce(tags -> 'fields', '{}')) f, jsonb_each_text(f.value) t
$$;

-- Whether a dataset lies in what a hold or a rule is for: the object itself, or whatever it lies in, or a tag that it carries.
CREATE FUNCTION lies_within(
  the_dataset uuid, the_warehouse uuid, the_namespace uuid, its_tags jsonb,
  the_kind text, the_object uuid, the_key text, the_value text
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE the_kind
    WHEN 'dataset' THEN the_dataset = the_object
    WHEN 'warehouse' THEN the_warehouse = the_object
    WHEN 'zone' THEN EXISTS (SELECT FROM namespaces n WHERE n.id = the_namespace AND n.zone_id = the_object)
    WHEN 'namespace' THEN EXISTS (
      WITH RECURSIVE above AS (
        SELECT n.id, n.parent_id FROM namespaces n WHERE n.id = the_namespace
        UNION ALL SELECT n.id, n.parent_id FROM namespaces n JOIN above a ON n.id = a.parent_id)
      SELECT FROM above WHERE above.id = the_object)
    WHEN 'tag' THEN EXISTS (SELECT FROM tags_of(its_tags) t WHERE t.key = the_key AND (the_value IS NULL OR t.value = the_value))
  END
$$;

-- Since when a dataset, or a column of it, has had a tag.
CREATE TABLE tag_times (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (dataset_id, key, value)
);
-- Of those that are there already nobody knows better.
INSERT INTO tag_times (dataset_id, key, value) SELECT d.id, t.key, t.value FROM datasets d, tags_of(d.tags) t;
CREATE FUNCTION tag_times_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM tag_times s WHERE s.dataset_id = NEW.id
    AND NOT EXISTS (SELECT FROM tags_of(NEW.tags) t WHERE t.key = s.key AND t.value = s.value);
  INSERT INTO tag_times (dataset_id, key, value) SELECT NEW.id, t.key, t.value FROM tags_of(NEW.tags) t ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER datasets_tag_times_added AFTER INSERT ON datasets FOR EACH ROW WHEN (NEW.tags IS NOT NULL)
  EXECUTE FUNCTION tag_times_follow();
CREATE TRIGGER datasets_tag_times AFTER UPDATE OF tags ON datasets FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags)
  EXECUTE FUNCTION tag_times_follow();

-- One that is defined anew is another row: evidence names the rule as it was. What has ended stays, for auditors.
CREATE TABLE retention_rules (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  object_kind text NOT NULL CHECK (object_kind IN ('warehouse', 'zone', 'namespace', 'dataset', 'tag')),
  object_id uuid,
  tag_key text,
  -- Null for any value.
  tag_value text,
  -- Its name when the rule was made: for people.
  object_name text NOT NULL,
  -- The rule as JSON, and what queries ask of it.
  document text NOT NULL,
  outcome text NOT NULL,
  has_maximum boolean NOT NULL,
  defined_by text NOT NULL,
  defined_at timestamptz NOT NULL,
  ended_by text,
  ended_at timestamptz,
  CHECK ((object_kind = 'tag') = (object_id IS NULL)),
  CHECK ((object_kind = 'tag') = (tag_key IS NOT NULL))
);
CREATE UNIQUE INDEX retention_rules_now ON retention_rules (name) WHERE ended_at IS NULL;

-- Each time that retention looked after a table and found something to do. No foreign key: it outlives what it deleted.
CREATE TABLE retention_runs (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL,
  -- Its name then: warehouse, levels and name, joined by U+001F.
  identifier text COLLATE "C" NOT NULL,
  -- waiting: nothing was looked at yet. expiring: what is to go is written down, the commit is under way. gathering: the commit is durable,
  -- and what only its snapshots reached is being found. deleting: that is written down, too.
  state text NOT NULL CHECK (state IN ('waiting', 'expiring', 'gathering', 'deleting', 'done', 'stopped')),
  removes_orphans boolean NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  finished_at timestamptz,
  -- The version of the table that was found not to reach what is to be deleted.
  checked_version bigint NOT NULL DEFAULT 0,
  -- What became of the table as a whole, and why it stopped or has to wait.
  outcome text,
  problem text,
  -- Files of expired snapshots that lie outside the table's location: they are left alone.
  files_outside bigint NOT NULL DEFAULT 0,
  CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'stopped')))
);
CREATE UNIQUE INDEX retention_runs_under_way ON retention_runs (dataset_id) WHERE finished_at IS NULL;
CREATE INDEX retention_runs_of_dataset ON retention_runs (dataset_id, id);

-- The snapshots that a run expires, written down before the commit, with what leads to their files.
CREATE TABLE retention_snapshots (
  run_id uuid NOT NULL REFERENCES retention_runs ON DELETE CASCADE,
  snapshot_id bigint NOT NULL,
  timestamp_ms bigint NOT NULL,
  manifest_list text,
  -- Of v1 snapshots that list them themselves.
  manifests text[] NOT NULL,
  statistics text[] NOT NULL,
  rule_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (run_id, snapshot_id)
);

-- The files that a run deletes, written down before the first goes; with `deleted_at`, the evidence that it went.
CREATE TABLE retention_files (
  run_id uuid NOT NULL REFERENCES retention_runs ON DELETE CASCADE,
  -- The order of deletion: what is named goes before what names it.
  kind smallint NOT NULL,
  path text COLLATE "C" NOT NULL,
  size_bytes bigint,
  -- The snapshot that it belonged to; null for an orphan.
  snapshot_id bigint,
  deleted_at timestamptz,
  PRIMARY KEY (run_id, path)
);
CREATE INDEX retention_files_to_delete ON retention_files (run_id, kind, path) WHERE deleted_at IS NULL;

-- What a person has to decide: a rule that asks, or a dataset that a rule lets go and that a pin or hold keeps.
CREATE TABLE retention_decisions (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL,
  identifier text COLLATE "C" NOT NULL,
  rule_id uuid NOT NULL REFERENCES retention_rules,
  due_at timestamptz NOT NULL,
  -- What the rule would have done: drop, purge, ask.
  outcome text NOT NULL,
  -- What keeps it: names of holds, reasons of pins, and the model versions concerned.
  holds text[] NOT NULL,
  pins text[] NOT NULL,
  model_versions text[] NOT NULL,
  opened_at timestamptz NOT NULL,
  answer text CHECK (answer IN ('keep', 'drop', 'purge')),
  -- After "keep", when to ask again; null for never.
  keep_until timestamptz,
  comment text,
  answered_by text,
  answered_at timestamptz,
  CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX retention_decisions_open ON retention_decisions (dataset_id, rule_id) WHERE answer IS NULL;

-- One job a table.
CREATE UNIQUE INDEX jobs_retention ON jobs (dataset_id) WHERE kind = 'retention';

-- When a table was looked at last, also where there was nothing to do.
CREATE TABLE retention_looks (
  dataset_id uuid PRIMARY KEY REFERENCES datasets ON DELETE CASCADE,
  looked_at timestamptz NOT NULL,
  orphans_at timestamptz
);
