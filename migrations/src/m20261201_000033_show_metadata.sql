-- NULL in a row of the previous version.
ALTER TABLE license_metadata ADD COLUMN id :uuid;
-- Who sees the field beside the seller: words separated by commas.
ALTER TABLE license_metadata ADD COLUMN view_permissions TEXT NOT NULL DEFAULT '';
ALTER TABLE license_metadata ADD COLUMN created_at :bigint NOT NULL DEFAULT 0;
ALTER TABLE license_metadata ADD COLUMN updated_at :bigint NOT NULL DEFAULT 0;
UPDATE license_metadata SET id = :random_id,
  created_at = (SELECT created_at FROM licenses WHERE licenses.id = license_metadata.license_id),
  updated_at = (SELECT created_at FROM licenses WHERE licenses.id = license_metadata.license_id);
-- JSON: the fields that apps see in tokens. A copy with the license, so that a token costs no statement more.
ALTER TABLE licenses ADD COLUMN visible_metadata TEXT;
CREATE INDEX ix_license_metadata_id ON license_metadata (id) WHERE id IS NOT NULL;
-- Both columns compare bytewise, so that lower-casing depends on no locale.
CREATE INDEX ix_license_metadata_pair ON license_metadata (account_id, lower(key), search_value, license_id);
