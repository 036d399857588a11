-- Nothing reads verification_tallies, and nothing writes to it from now on: counts
-- are kept with each license and domain, and by day in daily_counts. It stays for
-- nodes of the version before, which still run while this one starts; a later
-- migration drops it.

-- No query needs it.
DROP INDEX ix_customer_terms_customer;

-- Background work that one node at a time should do. Who holds a lease may go on
-- until it expires; all the work is safe to be done twice.
CREATE TABLE background_leases (
  job TEXT NOT NULL CONSTRAINT pk_background_leases PRIMARY KEY,
  node_id :uuid NOT NULL,
  expires_at :bigint NOT NULL
) :end;
