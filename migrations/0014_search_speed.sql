-- Words of columns have lexemes of their own, 'c:' and the word: the index does not know weights, so that of everything that has a word
-- somewhere each document was read.

-- Nobody counts words meanwhile.
LOCK TABLE search_indexer IN EXCLUSIVE MODE;

-- Filled and indexed anew: many times faster than to bring indexes up to date for each of many rows.
CREATE TEMPORARY TABLE with_column_words ON COMMIT DROP AS
SELECT dataset_id, sort_key, quality, columns,
  words || array_to_tsvector(ARRAY(SELECT 'c:' || lexeme FROM unnest(ts_filter(words, '{c}')))) AS words
FROM search_documents;
TRUNCATE search_documents;
DROP INDEX search_documents_by_word, search_documents_by_quality, search_documents_by_name;
INSERT INTO search_documents (dataset_id, sort_key, quality, columns, words)
SELECT dataset_id, sort_key, quality, columns, words FROM with_column_words;
CREATE INDEX search_documents_by_word ON search_documents USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_documents_by_quality ON search_documents (quality DESC, dataset_id);
CREATE INDEX search_documents_by_name ON search_documents (sort_key, dataset_id);

INSERT INTO search_words (word, documents)
SELECT lexeme, count(*) FROM search_documents, unnest(tsvector_to_array(words)) lexeme WHERE lexeme LIKE 'c:%' GROUP BY lexeme;

-- To be made anew: those whose columns have tags, of which the words count as much as those of columns, and those with accents, which words
-- lose from now on.
INSERT INTO search_pending (dataset_id)
SELECT d.id FROM datasets d JOIN search_documents s ON s.dataset_id = d.id
WHERE d.dropped_at IS NULL AND (d.tags ? 'fields' OR s.words::text COLLATE "C" ~ '[\u00DF-\u017F]');

-- Plans are chosen by what the words are now.
ANALYZE search_documents, search_words;
