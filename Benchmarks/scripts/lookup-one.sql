\set table random(1, 100)
SELECT identifier, id, warehouse_id, kind = 'view', version FROM datasets
WHERE identifier = E'main\x1fbench\x1ft' || :table::int AND dropped_at IS NULL;
