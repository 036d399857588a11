-- JSON: rules of the license. NULL follows the product in all of them.
ALTER TABLE licenses ADD COLUMN rules TEXT;
-- The interval that the first activation starts (ISO 8601). NULL: the expiry does not wait for it.
ALTER TABLE licenses ADD COLUMN pending_interval TEXT;
-- The template of a license, if it is not its product's. Its rules were copied to the license.
ALTER TABLE licenses ADD COLUMN template_id :uuid;
CREATE INDEX ix_licenses_template ON licenses (account_id, template_id, created_at, id)
  WHERE template_id IS NOT NULL;

-- The ids of meters that a license has of its own. The meters are in the license's rules.
CREATE TABLE license_meters (
  id :uuid NOT NULL CONSTRAINT pk_license_meters PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_license_meters_account REFERENCES accounts (id),
  license_id :uuid NOT NULL CONSTRAINT fk_license_meters_license REFERENCES licenses (id),
  -- The name in lower case.
  meter TEXT NOT NULL
) :end;
CREATE INDEX ix_license_meters_license ON license_meters (license_id);
