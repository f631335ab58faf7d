-- Who answers for what, beside the owner whom an object's own row names: stewards say what it means, technical contacts keep it running.
-- What has ended stays, for auditors.
CREATE TABLE responsibilities (
  id uuid PRIMARY KEY,
  object_kind text NOT NULL CHECK (object_kind IN ('zone', 'namespace', 'dataset')),
  object_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('steward', 'technical-contact')),
  principal_id uuid NOT NULL REFERENCES principals,
  given_by text NOT NULL,
  given_at timestamptz NOT NULL,
  ended_by text,
  ended_at timestamptz
);
CREATE UNIQUE INDEX responsibilities_now ON responsibilities (object_id, role, principal_id) WHERE ended_at IS NULL;
CREATE INDEX responsibilities_of_principal ON responsibilities (principal_id) WHERE ended_at IS NULL;

-- An owner offers an object to somebody, who takes it or does not.
CREATE TABLE ownership_transfers (
  id uuid PRIMARY KEY,
  object_kind text NOT NULL CHECK (object_kind IN ('zone', 'namespace', 'dataset')),
  object_id uuid NOT NULL,
  -- Its name when it was offered: for people.
  object_name text NOT NULL,
  -- Of that time; null where it belonged to the owner of what it lies in.
  owner text,
  recipient_id uuid NOT NULL REFERENCES principals,
  message text NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  answer text CHECK (answer IN ('accepted', 'declined', 'withdrawn')),
  answered_by text,
  answered_at timestamptz,
  reason text
);
CREATE UNIQUE INDEX ownership_transfers_open ON ownership_transfers (object_id) WHERE answer IS NULL;
CREATE INDEX ownership_transfers_of_recipient ON ownership_transfers (recipient_id) WHERE answer IS NULL;

-- What somebody owns. Owners seldom change, so this costs a commit nothing.
CREATE INDEX datasets_by_owner ON datasets (owner) WHERE dropped_at IS NULL;

-- The tags that may be used, and their values; null values allow any text. Restricted values are those that policies know.
CREATE TABLE tag_definitions (
  key text COLLATE "C" PRIMARY KEY,
  description text NOT NULL,
  allowed_values text[],
  defined_by text NOT NULL,
  defined_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tag_definitions (key, description, allowed_values, defined_by) VALUES
  ('classification', 'How sensitive it is; pii, phi, financial and secret restrict who may read.',
   ARRAY['public', 'internal', 'confidential', 'pii', 'phi', 'financial', 'secret'], 'server');
-- Tags that are in use already are defined by being used.
INSERT INTO tag_definitions (key, description, allowed_values, defined_by)
SELECT DISTINCT key, '', NULL::text[], 'server' FROM (
  SELECT jsonb_object_keys(tags -> 'own') FROM datasets WHERE tags ? 'own'
  UNION SELECT jsonb_object_keys(field.value) FROM datasets, jsonb_each(tags -> 'fields') field WHERE tags ? 'fields') used (key)
ON CONFLICT DO NOTHING;

-- Words of the business, what they mean, and the datasets and columns that they stand for.
CREATE TABLE terms (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  definition text NOT NULL,
  owner text,
  version bigint NOT NULL DEFAULT 1,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX terms_by_name ON terms (lower(name));
CREATE TABLE term_links (
  term_id uuid NOT NULL REFERENCES terms ON DELETE CASCADE,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  -- Of a column, which may be renamed; 0 for the dataset itself.
  field_id integer NOT NULL DEFAULT 0,
  linked_by text NOT NULL,
  linked_at timestamptz NOT NULL,
  PRIMARY KEY (term_id, dataset_id, field_id)
);
CREATE INDEX term_links_of_dataset ON term_links (dataset_id);
