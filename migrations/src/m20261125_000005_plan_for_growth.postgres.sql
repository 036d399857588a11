-- How often a seat or a license was verified is written to the page where the row lies, if
-- there is room, and no index learns of it. Holds for pages that are filled from now on.
-- What that leaves behind is cleared away by the tenth of a table, not by the fifth: until
-- then an index alone does not answer for the pages it lies on.
ALTER TABLE licenses SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE activations SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.1);
