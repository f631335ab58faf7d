-- Tracking servers of MLflow whose model versions are taken over, and how far that has come.

CREATE TABLE mlflow_servers (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  tracking_url text NOT NULL,
  -- Where its registry is, if not there.
  registry_url text,
  -- Of a server with several.
  workspace text,
  -- Which registered models, with `*` for anything; empty for all.
  models text[] NOT NULL,
  -- `service:mlflow`: in whose name versions are made and bound.
  principal text NOT NULL,
  -- Of models that are not known here yet.
  owner text NOT NULL,
  risk_tier text NOT NULL CHECK (risk_tier IN ('minimal', 'limited', 'high')),
  -- What the secret is called that each Moraine server reads by itself. Never the secret.
  secret_name text,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE mlflow_cursors (
  server_id uuid PRIMARY KEY REFERENCES mlflow_servers ON DELETE CASCADE,
  -- What was taken over, in the client's own words; null before the first batch. Moves with what it stands for, in one transaction.
  watermark jsonb,
  next_poll_at timestamptz NOT NULL DEFAULT now(),
  -- Grows when somebody asks for a poll, so that one that is under way is not taken for it.
  asked bigint NOT NULL DEFAULT 0,
  -- When everything was read to its end.
  polled_at timestamptz,
  -- Since the last success.
  attempts integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  failed_at timestamptz,
  last_error text,
  lease uuid,
  leased_until timestamptz
) WITH (fillfactor = 50);

-- Versions that could not be taken over, or not with all that they were trained on, and are looked at again.
CREATE TABLE mlflow_waiting (
  server_id uuid NOT NULL REFERENCES mlflow_servers ON DELETE CASCADE,
  model text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  since timestamptz NOT NULL,
  attempts integer NOT NULL,
  retry_at timestamptz NOT NULL,
  PRIMARY KEY (server_id, model, version)
);
CREATE INDEX mlflow_waiting_by_time ON mlflow_waiting (server_id, retry_at);

-- What MLflow says of a version beside what the version itself keeps. Stays when the server is removed: it is evidence.
CREATE TABLE mlflow_versions (
  model_version_id uuid PRIMARY KEY REFERENCES model_versions ON DELETE CASCADE,
  server_name text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  stage text,
  aliases text[] NOT NULL,
  status text,
  experiment text,
  -- What Feast's tags say of the features that were read; null when they say nothing.
  features jsonb,
  -- What is not known of the version's inputs, and why: texts.
  gaps text[] NOT NULL,
  seen_at timestamptz NOT NULL,
  -- When it was found to be deleted there.
  gone_at timestamptz
);
CREATE INDEX mlflow_versions_by_name ON mlflow_versions (server_name, model, version);
