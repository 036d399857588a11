-- The webhook event of a change, if it is not that of the entry's action: an extended expiry is stored as a renewal.
-- NULL also in entries of the former release.
ALTER TABLE audit_changes ADD COLUMN event TEXT;

-- The last change of a trial by a seller. NULL: none since it started, or a trial of the former release.
ALTER TABLE trials ADD COLUMN updated_at :bigint;
-- As the index by creation. On PostgreSQL no node writes trials meanwhile, some seconds for a million.
CREATE INDEX ix_trials_updated ON trials (account_id, coalesce(updated_at, created_at), id)
  WHERE coalesce(updated_at, created_at) >= -9223372036854775807;
