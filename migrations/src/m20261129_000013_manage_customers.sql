-- A seller's customers, the newest first.
CREATE INDEX ix_customers_account ON customers (account_id, id);

-- The terms of one customer, which an edit, a merger or an erasure replaces or removes.
CREATE INDEX ix_customer_terms_customer ON customer_terms (customer_id);

-- The customer whom an entry is about or whose name its detail holds, so that an erasure finds them.
ALTER TABLE audit_entries ADD COLUMN customer_id :uuid;
CREATE INDEX ix_audit_entries_customer ON audit_entries (customer_id, id) WHERE customer_id IS NOT NULL;
