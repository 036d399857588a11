-- Expiries of which the webhooks of an account were notified: once for each expiry and event. Deleted some days
-- after the expiry.
CREATE TABLE license_expiry_events (
  expires_at :bigint NOT NULL,
  -- No foreign key, because licenses can be removed.
  license_id :uuid NOT NULL,
  event TEXT NOT NULL,
  account_id :uuid NOT NULL,
  CONSTRAINT pk_license_expiry_events PRIMARY KEY (expires_at, license_id, event)
) :clustered;

-- Licenses that have a time of their own before which they expire soon. A template's rules that were copied to a
-- license count too.
CREATE INDEX ix_licenses_own_expiring_soon ON licenses (account_id, expires_at, id)
  WHERE rules LIKE '%"expiring_soon":%';
