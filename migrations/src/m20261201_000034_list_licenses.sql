-- The lists of the management API are in the order of creation, of the last change or of the expiry. Imported
-- licenses have an earlier time of creation than their ids. Activations and verifications write none of these
-- columns.
--
-- On PostgreSQL no node writes licenses meanwhile, some seconds for a million.
CREATE INDEX ix_licenses_created ON licenses (account_id, created_at, id);
CREATE INDEX ix_licenses_product_created ON licenses (account_id, product_id, created_at, id);
CREATE INDEX ix_licenses_updated ON licenses (account_id, updated_at, id);
-- Licenses that never expire come last.
CREATE INDEX ix_licenses_expires ON licenses (account_id, COALESCE(expires_at, 9223372036854775807), id);
