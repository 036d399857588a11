-- A list is asked for by product and by what was decided, in the order of issue or of expiry:
-- each of these has an index in which its page lies together. With fewer columns a page of few
-- would be looked for among all.
--
-- Made before the others go, which nobody may pass. A node of the version before lists slowly
-- until it is replaced.
CREATE INDEX ix_licenses_account_product_state ON licenses (account_id, product_id, state, id);
CREATE INDEX ix_licenses_account_state_expires ON licenses (account_id, state, expires_at, id)
  WHERE expires_at IS NOT NULL;
CREATE INDEX ix_licenses_account_product_state_expires ON licenses (account_id, product_id, state, expires_at, id)
  WHERE expires_at IS NOT NULL;
DROP INDEX ix_licenses_account;
DROP INDEX ix_licenses_account_product;
DROP INDEX ix_licenses_account_expires;
