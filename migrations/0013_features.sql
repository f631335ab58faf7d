-- Feature views and services, as the registry of a feature store (Feast) says them. A view is a dataset of format `feature-view`; what is
-- here is what the last import read of it.

CREATE TABLE feature_views (
  dataset_id uuid PRIMARY KEY REFERENCES datasets ON DELETE CASCADE,
  -- Whose registry it came from: what is gone from one project is not gone from another.
  project text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('batch', 'on-demand', 'stream', 'label')),
  -- Columns of the source: when a row became true, which point-in-time joins go by, and when it was written.
  timestamp_field text,
  created_timestamp_field text,
  -- How long a value holds; null for ever.
  ttl_ms bigint,
  is_online boolean NOT NULL,
  -- In the registry's words: the dataset's own may be others.
  description text,
  owner text,
  tags jsonb NOT NULL,
  imported_by text NOT NULL,
  imported_at timestamptz NOT NULL
);

-- Who is described: columns that say which one.
CREATE TABLE feature_view_entities (
  dataset_id uuid NOT NULL REFERENCES feature_views ON DELETE CASCADE,
  place integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  join_keys jsonb NOT NULL,
  value_type text,
  description text,
  PRIMARY KEY (dataset_id, place)
);

-- A feature that goes from its view stays here, with the time: a model may have been trained on it.
CREATE TABLE features (
  dataset_id uuid NOT NULL REFERENCES feature_views ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  place integer NOT NULL,
  value_type text,
  description text,
  tags jsonb NOT NULL,
  gone_at timestamptz,
  PRIMARY KEY (dataset_id, name)
);

-- What a view is computed from. A source that is none of our datasets has no source_id, and what the registry says of it.
CREATE TABLE feature_view_sources (
  dataset_id uuid NOT NULL REFERENCES feature_views ON DELETE CASCADE,
  place integer NOT NULL,
  role text NOT NULL CHECK (role IN ('batch', 'stream', 'request', 'view')),
  name text COLLATE "C" NOT NULL,
  -- Such as BATCH_FILE.
  kind text,
  -- A table, a path or a topic.
  location text,
  query text,
  format text,
  -- Of a request, or those taken of another view: names and types.
  fields jsonb NOT NULL,
  source_id uuid REFERENCES datasets ON DELETE SET NULL,
  PRIMARY KEY (dataset_id, place)
);
CREATE INDEX feature_view_sources_of ON feature_view_sources (source_id) WHERE source_id IS NOT NULL;

-- Named groups of features that a model asks for together.
CREATE TABLE feature_services (
  id uuid PRIMARY KEY,
  namespace_id uuid NOT NULL REFERENCES namespaces ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  project text COLLATE "C" NOT NULL,
  description text,
  owner text,
  tags jsonb NOT NULL,
  imported_by text NOT NULL,
  imported_at timestamptz NOT NULL,
  UNIQUE (namespace_id, name)
);
CREATE TABLE feature_service_views (
  service_id uuid NOT NULL REFERENCES feature_services ON DELETE CASCADE,
  place integer NOT NULL,
  view_name text COLLATE "C" NOT NULL,
  view_id uuid REFERENCES datasets ON DELETE SET NULL,
  alias text,
  features jsonb NOT NULL,
  -- Join keys of the view and what they are called instead.
  join_keys jsonb NOT NULL,
  PRIMARY KEY (service_id, place)
);
CREATE INDEX feature_service_views_of ON feature_service_views (view_id) WHERE view_id IS NOT NULL;
