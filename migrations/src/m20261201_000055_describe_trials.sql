-- What the machine reported at the start of the trial. NULL: nothing, or an earlier version wrote the row.
ALTER TABLE trials ADD COLUMN os_version TEXT;
ALTER TABLE trials ADD COLUMN vm_name TEXT;
ALTER TABLE trials ADD COLUMN container TEXT;
ALTER TABLE trials ADD COLUMN release_version TEXT;
-- Whether the trial was started by a request file.
ALTER TABLE trials ADD COLUMN is_offline :bool NOT NULL DEFAULT FALSE;
