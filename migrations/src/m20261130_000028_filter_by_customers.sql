-- The filter "Customers" of the audit log. Customers make few of the entries.
CREATE INDEX ix_audit_entries_by_customer ON audit_entries (account_id, id) WHERE actor_kind = 'customer';
