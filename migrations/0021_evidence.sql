-- Evidence: which runs made a version of a model, and what reports and events say that these runs read.

-- Names of the runs that made a version, whoever gave them: an engine's application, an MLflow run, a run of OpenLineage. They are compared
-- as texts with all of these.
CREATE TABLE model_version_runs (
  model_version_id uuid NOT NULL REFERENCES model_versions ON DELETE RESTRICT,
  run text COLLATE "C" NOT NULL CHECK (run <> ''),
  -- As whom it ran, and when, if somebody said so.
  principal text,
  started_at timestamptz,
  ended_at timestamptz,
  declared_by text NOT NULL,
  declared_at timestamptz NOT NULL,
  PRIMARY KEY (model_version_id, run)
);
CREATE INDEX model_version_runs_by_run ON model_version_runs (run);
CREATE INDEX model_version_runs_by_principal ON model_version_runs (principal, started_at) WHERE principal IS NOT NULL AND started_at IS NOT NULL;

-- The same with the one run that a version itself names.
CREATE VIEW model_run_names AS
  SELECT model_version_id, run FROM model_version_runs
  UNION ALL SELECT id, run FROM model_versions WHERE run IS NOT NULL;

-- What was said of a version's training data and is no input of it, and why. A row goes when it becomes one after all.
CREATE TABLE training_gaps (
  id uuid PRIMARY KEY,
  model_version_id uuid NOT NULL REFERENCES model_versions ON DELETE RESTRICT,
  dataset_id uuid NOT NULL,
  identifier text COLLATE "C" NOT NULL,
  -- A snapshot's id, or another format's version; null where none was told.
  state text COLLATE "C",
  source text NOT NULL,
  grade text NOT NULL CHECK (grade IN ('declared', 'observed', 'inferred')),
  kind text NOT NULL CHECK (kind IN ('gone', 'no-state', 'unconfirmed', 'withdrawn', 'retired')),
  reason text NOT NULL,
  details jsonb NOT NULL,
  said_by text NOT NULL,
  said_at timestamptz NOT NULL,
  found_at timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (model_version_id, dataset_id, state, source, said_by)
);

-- What training platforms posted: equal content changes nothing a second time.
CREATE TABLE model_captures (
  model_version_id uuid NOT NULL REFERENCES model_versions ON DELETE RESTRICT,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  captured_by text NOT NULL,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (model_version_id, digest)
);

-- Reports, runs and versions of which something is new. A row comes in the transaction of what is new, so of two that belong together the
-- one that is looked at later finds the other.
CREATE TABLE evidence_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('report', 'run', 'version')),
  ref uuid NOT NULL,
  -- Later for what could not be dealt with.
  due_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000);

-- Which server looks at them.
CREATE TABLE evidence_joiner (
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
  lease uuid,
  leased_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
INSERT INTO evidence_joiner DEFAULT VALUES;

-- Whether its sender might read the table when it came; null for what came before this was asked.
ALTER TABLE metrics_reports ADD COLUMN could_read boolean;
-- What a scan asked for, as the engine says it; null for all rows and all columns.
ALTER TABLE metrics_reports ADD COLUMN row_filter text COMPRESSION lz4;
ALTER TABLE metrics_reports ADD COLUMN columns text[];
-- Runs that its metadata names beside the application.
ALTER TABLE metrics_reports ADD COLUMN run_ids text[];
CREATE INDEX metrics_reports_by_run ON metrics_reports USING gin (run_ids) WHERE run_ids IS NOT NULL;
CREATE INDEX metrics_reports_by_principal ON metrics_reports (principal, received_at) WHERE kind = 'scan-report';

-- Who said that a run read or wrote this, and who of them by Iceberg's own report.
ALTER TABLE lineage_run_datasets ADD COLUMN said_by text[] NOT NULL DEFAULT '{}';
ALTER TABLE lineage_run_datasets ADD COLUMN observed_by text[] NOT NULL DEFAULT '{}';
CREATE INDEX lineage_runs_of_root ON lineage_runs (root_run_id) WHERE root_run_id IS NOT NULL;

CREATE FUNCTION note_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evidence_queue (kind, ref) VALUES (TG_ARGV[0], NEW.id);
  RETURN NULL;
END $$;
CREATE FUNCTION note_version_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evidence_queue (kind, ref) VALUES ('version', NEW.model_version_id);
  RETURN NULL;
END $$;
CREATE FUNCTION note_lineage_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evidence_queue (kind, ref) SELECT 'run', id FROM changed;
  RETURN NULL;
END $$;
CREATE FUNCTION note_lineage_node() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evidence_queue (kind, ref) SELECT DISTINCT 'run', run_id FROM lineage_run_datasets WHERE node_id = NEW.id AND NOT is_output;
  RETURN NULL;
END $$;

CREATE TRIGGER evidence_of_report AFTER INSERT ON metrics_reports FOR EACH ROW
  WHEN (NEW.kind = 'scan-report' AND NEW.snapshot_id >= 0 AND NEW.could_read) EXECUTE FUNCTION note_evidence('report');
CREATE TRIGGER evidence_of_new_version AFTER INSERT ON model_versions FOR EACH ROW
  WHEN (NEW.run IS NOT NULL) EXECUTE FUNCTION note_evidence('version');
CREATE TRIGGER evidence_of_version AFTER UPDATE OF run ON model_versions FOR EACH ROW
  WHEN (NEW.run IS DISTINCT FROM OLD.run AND NEW.run IS NOT NULL) EXECUTE FUNCTION note_evidence('version');
CREATE TRIGGER evidence_of_version_run AFTER INSERT OR UPDATE ON model_version_runs FOR EACH ROW EXECUTE FUNCTION note_version_runs();
-- Each event of a run writes its row, whatever else it writes.
CREATE TRIGGER evidence_of_new_runs AFTER INSERT ON lineage_runs REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION note_lineage_runs();
CREATE TRIGGER evidence_of_runs AFTER UPDATE ON lineage_runs REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION note_lineage_runs();
-- The catalog learned which dataset was meant.
CREATE TRIGGER evidence_of_node AFTER UPDATE OF dataset_id ON lineage_nodes FOR EACH ROW
  WHEN (NEW.dataset_id IS DISTINCT FROM OLD.dataset_id AND NEW.dataset_id IS NOT NULL) EXECUTE FUNCTION note_lineage_node();

INSERT INTO evidence_queue (kind, ref) SELECT 'version', id FROM model_versions WHERE run IS NOT NULL;
