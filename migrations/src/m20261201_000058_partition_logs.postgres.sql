-- Partitions the logs by ranges of ids, which are times. The present tables become the first partitions as they are:
-- no row is copied or read, because the validated constraint proves their range. Some 50 ms, for any number of rows.
-- New partitioned tables have the names, columns, keys and indexes of the former ones, so that nodes of the former
-- release read and write them. The first partition has all ids below its end, "later" those beyond the last month.
-- There is no default partition: with one, the planner could not read partitions in the order of their ids.
DO $$
DECLARE
  whole text;
  part text;
  key text;
  bound text;
  former_owner text;
  item record;
BEGIN
  -- The unique index of an event's number would have to contain its id. Only the first partition keeps it. An identity
  -- cannot be the column of a partition in later versions of PostgreSQL: a sequence of the same values follows it.
  CREATE SEQUENCE sq_outbox_events;
  -- In the order in which nodes write them.
  LOCK TABLE audit_entries, audit_changes, outbox_events IN ACCESS EXCLUSIVE MODE;
  PERFORM setval('sq_outbox_events', nextval(pg_get_serial_sequence('outbox_events', 'seq')), false);
  -- A dump reads the sequence too.
  FOR item IN SELECT acl.privilege_type AS right_name,
      CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee,
      CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
      FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) acl
      WHERE c.oid = CAST(pg_get_serial_sequence('outbox_events', 'seq') AS regclass) AND acl.grantee <> c.relowner LOOP
    EXECUTE format('GRANT %s ON SEQUENCE sq_outbox_events TO %s%s', item.right_name, item.grantee, item.option);
  END LOOP;
  ALTER TABLE outbox_events ALTER COLUMN seq DROP IDENTITY;
  ALTER TABLE outbox_events ALTER COLUMN seq SET DEFAULT nextval('sq_outbox_events');
  FOR whole, key IN VALUES ('audit_entries', 'id'), ('audit_changes', 'entry_id'), ('outbox_events', 'id') LOOP
    part := whole || '_first';
    SELECT substring(pg_get_constraintdef(oid) FROM '[0-9a-f]{8}-[0-9a-f-]{27}') INTO STRICT bound
      FROM pg_constraint WHERE conrelid = CAST(whole AS regclass) AND conname = 'ck_' || part;
    FOR item IN SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = CAST(whole AS regclass) LOOP
      EXECUTE format('ALTER INDEX %I RENAME TO %I', item.name, item.name || '_first');
    END LOOP;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', whole, part);
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY RANGE (%I)', whole, part, key);
    -- Keys and indexes that equal those of the first partition, which it keeps as parts of these. No foreign key: to
    -- attach or drop a partition with one locks accounts too, which every transaction uses, and ends in deadlocks.
    IF whole <> 'outbox_events' THEN
      EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (account_id, %I)', whole, 'pk_' || whole, key);
    END IF;
    FOR item IN SELECT c.relname AS name, regexp_replace(c.relname, '_first$', '') AS whole_name,
        pg_get_indexdef(c.oid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = CAST(part AS regclass) AND NOT i.indisprimary LOOP
      EXECUTE replace(replace(item.definition, 'INDEX ' || item.name || ' ', 'INDEX ' || item.whole_name || ' '),
        '.' || part || ' ', '.' || whole || ' ');
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', whole, part, bound);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', part, 'ck_' || part);
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (MAXVALUE)', whole || '_later', whole,
      bound);
    FOR item IN SELECT child.relname AS name, parent.relname AS whole_name FROM pg_index i
        JOIN pg_class child ON child.oid = i.indexrelid JOIN pg_inherits link ON link.inhrelid = child.oid
        JOIN pg_class parent ON parent.oid = link.inhparent
        WHERE i.indrelid = CAST(whole || '_later' AS regclass) LOOP
      EXECUTE format('ALTER INDEX %I RENAME TO %I', item.name, item.whole_name || '_later');
    END LOOP;
    -- The owner stays, because the role of this migration may be another one, such as a superuser. Other roles keep
    -- their rights, also on "later": a dump reads each partition by itself.
    SELECT pg_get_userbyid(relowner) INTO STRICT former_owner FROM pg_class WHERE oid = CAST(part AS regclass);
    EXECUTE format('ALTER TABLE %I OWNER TO %I', whole, former_owner);
    EXECUTE format('ALTER TABLE %I OWNER TO %I', whole || '_later', former_owner);
    FOR item IN SELECT acl.privilege_type || held.of_column AS right_name,
        CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee,
        CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
        FROM (SELECT relacl AS rights, relowner, '' AS of_column FROM pg_class WHERE oid = CAST(part AS regclass)
          UNION ALL SELECT attacl, relowner, format(' (%I)', attname) FROM pg_attribute
            INNER JOIN pg_class c ON c.oid = attrelid WHERE attrelid = CAST(part AS regclass)) held
        CROSS JOIN LATERAL aclexplode(held.rights) acl WHERE acl.grantee <> held.relowner LOOP
      EXECUTE format('GRANT %s ON %I, %I TO %s%s', item.right_name, whole, whole || '_later', item.grantee, item.option);
      IF whole = 'outbox_events' AND item.right_name LIKE 'INSERT%' THEN
        EXECUTE format('GRANT USAGE ON SEQUENCE sq_outbox_events TO %s%s', item.grantee, item.option);
      END IF;
    END LOOP;
  END LOOP;
  ALTER TABLE outbox_events_first ALTER COLUMN seq DROP DEFAULT;
  EXECUTE format('ALTER SEQUENCE sq_outbox_events OWNER TO %I', former_owner);
  ALTER SEQUENCE sq_outbox_events OWNED BY outbox_events.seq;
END
$$
