-- A list is asked for by product and by what was decided, in the order of issue or of expiry:
-- each of these has an index in which its page lies together. With fewer columns a page of few
-- would be looked for among all.
--
-- On PostgreSQL nobody writes meanwhile, some seconds for a million licenses; nodes of the
-- version before read on.
CREATE INDEX ix_licenses_account_product_state ON licenses (account_id, product_id, state, id);
CREATE INDEX ix_licenses_account_state_expires ON licenses (account_id, state, expires_at, id)
  WHERE expires_at IS NOT NULL;
CREATE INDEX ix_licenses_account_product_state_expires ON licenses (account_id, product_id, state, expires_at, id)
  WHERE expires_at IS NOT NULL;
-- What is in force: in one expression, so that no other index serves a part of it; and with the
-- expiry, so that nothing else of a license need be read.
CREATE INDEX ix_licenses_in_force ON licenses (account_id, id, expires_at)
  WHERE CASE WHEN state = 'active' THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END;
CREATE INDEX ix_licenses_in_force_product ON licenses (account_id, product_id, id, expires_at)
  WHERE CASE WHEN state = 'active' THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END;
-- What the worker looks at: whose time is up, and, where a clock was wrong, whose is not.
CREATE INDEX ix_licenses_lapsing ON licenses (expires_at)
  WHERE CASE WHEN state = 'active' THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END
  AND expires_at IS NOT NULL;
CREATE INDEX ix_licenses_lapsed ON licenses (expires_at) WHERE lapsed_at = expires_at;
