-- First of three steps that partition the logs by month, see m20261201_000058_partition_logs.postgres.sql. It limits
-- the ids of the present tables to the end of the next month, and checks no rows: the next step does, while nodes
-- read and write. Ids are UUIDs of version 7, so the limit is a time. Ids of a clock that is ahead move it further.
DO $$
DECLARE
  newest bigint;
  bound text;
BEGIN
  -- Before the newest id is read: a row that is committed after it could exceed the limit. Readers go on.
  LOCK TABLE audit_entries, audit_changes, outbox_events IN SHARE ROW EXCLUSIVE MODE;
  SELECT max(('x' || substr(replace(CAST(last.id AS text), '-', ''), 1, 12))::bit(48)::bigint) INTO newest
    FROM (SELECT e.id FROM accounts a CROSS JOIN LATERAL
        (SELECT id FROM audit_entries WHERE account_id = a.id ORDER BY id DESC LIMIT 1) e
      UNION ALL (SELECT id FROM outbox_events ORDER BY seq DESC LIMIT 1)) last;
  bound := lpad(to_hex(CAST(extract(epoch FROM date_trunc('month',
    greatest(now(), to_timestamp(newest / 1000)) AT TIME ZONE 'UTC') + interval '2 months') * 1000 AS bigint)), 12, '0')
    || '70008000000000000000';
  EXECUTE format('ALTER TABLE audit_entries ADD CONSTRAINT ck_audit_entries_first CHECK (id < %L) NOT VALID',
    CAST(bound AS uuid));
  EXECUTE format('ALTER TABLE audit_changes ADD CONSTRAINT ck_audit_changes_first CHECK (entry_id < %L) NOT VALID',
    CAST(bound AS uuid));
  EXECUTE format('ALTER TABLE outbox_events ADD CONSTRAINT ck_outbox_events_first CHECK (id < %L) NOT VALID',
    CAST(bound AS uuid));
END
$$
