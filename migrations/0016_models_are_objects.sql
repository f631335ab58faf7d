-- Models are granted on like everything else.
ALTER TABLE grants DROP CONSTRAINT grants_object_kind_check;
ALTER TABLE grants
  ADD CONSTRAINT grants_object_kind_check CHECK (object_kind IN ('catalog', 'warehouse', 'zone', 'namespace', 'dataset', 'model'));
