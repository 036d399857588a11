-- Reads each table once, 0.2 s for a million rows in memory. Nodes read and write meanwhile.
ALTER TABLE audit_entries VALIDATE CONSTRAINT ck_audit_entries_first;
ALTER TABLE audit_changes VALIDATE CONSTRAINT ck_audit_changes_first;
ALTER TABLE outbox_events VALIDATE CONSTRAINT ck_outbox_events_first;
