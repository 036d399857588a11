-- Unused licenses are in force, and nothing used them for 90 days. No index contains the current time, and an
-- index of the last use would be written with every flush of usage counts. A worker therefore writes the time
-- at which it found the license unused; each use sets NULL again.
ALTER TABLE licenses ADD COLUMN marked_unused_at :bigint;
-- The last use by an activation that was released since. A floating license whose leases have all ended has
-- no other trace of its use.
ALTER TABLE licenses ADD COLUMN released_use_at :bigint;
-- In one expression, like the licenses in force. A flush sets NULL to NULL, which writes neither index.
--
-- On PostgreSQL no node reads or writes licenses meanwhile, some seconds for a million.
CREATE INDEX ix_licenses_unused ON licenses (account_id, id, expires_at)
  WHERE CASE WHEN marked_unused_at IS NOT NULL AND state = 'active'
  THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END;
CREATE INDEX ix_licenses_unused_product ON licenses (account_id, product_id, id, expires_at)
  WHERE CASE WHEN marked_unused_at IS NOT NULL AND state = 'active'
  THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END;
-- Machines that were released before have left no time: their licenses count as used now.
UPDATE licenses SET released_use_at = :now WHERE first_activated_at IS NOT NULL AND machines_used = 0;
