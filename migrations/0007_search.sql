-- Search: what datasets are found by, kept beside them and brought up to date in the background.

-- Words that look alike; a trusted extension, so the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Grows with every change of what the current schema says: the sign for search, since heads change with every commit.
ALTER TABLE datasets ADD COLUMN schema_changes bigint NOT NULL DEFAULT 0;

-- One row for each living dataset. `words` has the words of its name (weight A), tags, owner and namespace (B), columns (C) and
-- descriptions (D), and lexemes with a sign in front that filters ask for. No foreign key: a row outlives its dataset by a second, so
-- that its words are uncounted.
CREATE TABLE search_documents (
  dataset_id uuid PRIMARY KEY,
  -- Lists are in this order.
  sort_key text COLLATE "C" NOT NULL,
  -- Where too many match alike, the best described are looked at first.
  quality smallint NOT NULL,
  -- Names of the columns, joined by U+001F.
  columns text COMPRESSION lz4 NOT NULL,
  words tsvector NOT NULL
);
-- Without a list of waiting entries, which every search would have to read through.
CREATE INDEX search_documents_by_word ON search_documents USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_documents_by_quality ON search_documents (quality DESC, dataset_id);
CREATE INDEX search_documents_by_name ON search_documents (sort_key, dataset_id);

-- Every lexeme of the documents and in how many it is; '' counts the documents.
CREATE TABLE search_words (
  word text COLLATE "C" PRIMARY KEY,
  documents bigint NOT NULL
) WITH (fillfactor = 70);
-- Words alone: other lexemes have a sign in front.
CREATE INDEX search_words_alike ON search_words USING gin (word gin_trgm_ops) WHERE word !~ '[:=]';

-- What must be looked at anew, written in the transaction of the change. Each change has a row of its own, so that one that comes while
-- the row before is worked on is not lost. A namespace stands for all that lies in it.
CREATE TABLE search_pending (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id uuid,
  namespace_id uuid,
  CHECK (num_nonnulls(dataset_id, namespace_id) = 1)
);
-- Who holds its row brings documents up to date; a server that dies lets it go.
CREATE TABLE search_indexer (is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one));
INSERT INTO search_indexer DEFAULT VALUES;

CREATE FUNCTION search_dataset_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO search_pending (dataset_id) VALUES (OLD.id);
  ELSE
    INSERT INTO search_pending (dataset_id) VALUES (NEW.id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER datasets_search_added AFTER INSERT OR DELETE ON datasets FOR EACH ROW EXECUTE FUNCTION search_dataset_changed();
-- None of these changes when data is appended.
CREATE TRIGGER datasets_search_changed AFTER UPDATE ON datasets FOR EACH ROW WHEN (
  OLD.identifier IS DISTINCT FROM NEW.identifier OR OLD.namespace_id IS DISTINCT FROM NEW.namespace_id
  OR OLD.owner IS DISTINCT FROM NEW.owner OR OLD.description IS DISTINCT FROM NEW.description OR OLD.tags IS DISTINCT FROM NEW.tags
  OR OLD.schema_changes IS DISTINCT FROM NEW.schema_changes OR OLD.dropped_at IS DISTINCT FROM NEW.dropped_at
) EXECUTE FUNCTION search_dataset_changed();

CREATE FUNCTION search_namespace_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_pending (namespace_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER namespaces_search_changed AFTER UPDATE ON namespaces FOR EACH ROW WHEN (
  OLD.owner IS DISTINCT FROM NEW.owner OR OLD.path IS DISTINCT FROM NEW.path OR OLD.zone_id IS DISTINCT FROM NEW.zone_id
) EXECUTE FUNCTION search_namespace_changed();

CREATE FUNCTION search_zone_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_pending (namespace_id) SELECT id FROM namespaces WHERE zone_id = NEW.id AND parent_id IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER zones_search_changed AFTER UPDATE ON zones FOR EACH ROW WHEN (
  OLD.owner IS DISTINCT FROM NEW.owner OR OLD.name IS DISTINCT FROM NEW.name
) EXECUTE FUNCTION search_zone_changed();

INSERT INTO search_pending (dataset_id) SELECT id FROM datasets WHERE dropped_at IS NULL;
