-- Counts are written to the page where the row lies, and no index learns of it. What
-- they leave behind is cleared away by the tenth of a table, not by the fifth: until then
-- an index alone does not answer for the pages it lies on.
ALTER TABLE licenses SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE activations SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.1);
