-- Words of columns have lexemes of their own, 'c:' and the word: the index does not know weights, so that of everything that has a word
-- somewhere each document was read.
-- Nobody counts words meanwhile.
LOCK TABLE search_indexer IN EXCLUSIVE MODE;

CREATE TEMPORARY TABLE column_words ON COMMIT DROP AS
SELECT dataset_id, array_agg('c:' || lexeme) AS lexemes FROM search_documents, unnest(ts_filter(words, '{c}')) GROUP BY dataset_id;

UPDATE search_documents d SET words = d.words || array_to_tsvector(c.lexemes) FROM column_words c WHERE c.dataset_id = d.dataset_id;

INSERT INTO search_words (word, documents)
SELECT lexeme, count(*) FROM column_words, unnest(lexemes) lexeme GROUP BY lexeme;

-- To be made anew: those whose columns have tags, of which the words count as much as those of columns, and those with accents, which words
-- lose from now on.
INSERT INTO search_pending (dataset_id)
SELECT d.id FROM datasets d JOIN search_documents s ON s.dataset_id = d.id
WHERE d.dropped_at IS NULL AND (d.tags ? 'fields' OR s.words::text COLLATE "C" ~ '[\u00DF-\u017F]');

-- Plans are chosen by what the words are now.
ANALYZE search_documents, search_words;
