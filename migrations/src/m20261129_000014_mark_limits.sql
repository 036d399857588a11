-- Whether a license in force has reached a limit, for the list of such licenses. A generated column,
-- because an index whose condition names the counters would be written with every activation on
-- PostgreSQL. A limit of 0 is a product's choice and not reached by use.
--
-- PostgreSQL rewrites the table: no node reads or writes licenses meanwhile, some seconds for a million.
ALTER TABLE licenses ADD COLUMN at_limit :bool GENERATED ALWAYS AS (
  CASE WHEN state = 'active' AND (lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL)
  THEN (domains_used > 0 AND domain_limit IS NOT NULL AND domains_used >= domain_limit)
    OR (machines_used > 0 AND machine_limit IS NOT NULL AND machines_used >= machine_limit)
  ELSE FALSE END) :storage;
CREATE INDEX ix_licenses_at_limit ON licenses (account_id, id, expires_at) WHERE at_limit;
CREATE INDEX ix_licenses_at_limit_product ON licenses (account_id, product_id, id, expires_at) WHERE at_limit;
