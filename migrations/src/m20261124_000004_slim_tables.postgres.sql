ALTER TABLE outbox_events DROP CONSTRAINT uq_outbox_events_id;
ALTER TABLE audit_entries DROP CONSTRAINT pk_audit_entries;
DROP INDEX ix_audit_entries_account;
ALTER TABLE audit_entries ADD CONSTRAINT pk_audit_entries PRIMARY KEY (account_id, id);
