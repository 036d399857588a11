-- Counts are written to the page where the row lies, and no index learns of it.
ALTER TABLE licenses SET (fillfactor = 90);
ALTER TABLE activations SET (fillfactor = 90);
