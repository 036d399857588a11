-- The chain of seals of an account's audit entries. A worker seals entries after their commit, so that the
-- transaction of a change neither writes nor locks anything here.
CREATE TABLE audit_chains (
  account_id :uuid NOT NULL CONSTRAINT pk_audit_chains PRIMARY KEY
    CONSTRAINT fk_audit_chains_account REFERENCES accounts (id),
  -- The position of the first entry of the oldest seal. Retention increases it.
  first_position :bigint NOT NULL,
  -- The position, the digest and the id of the last sealed entry.
  position :bigint NOT NULL,
  digest :bytes NOT NULL,
  last_entry_id :uuid NOT NULL,
  -- Entries with lower ids may be missing, because their retention has ended.
  pruned_before :uuid NOT NULL,
  -- When the first entry was sealed. Older entries were sealed as they were then.
  began_at :bigint NOT NULL,
  -- The keyed digest of this row.
  row_digest :bytes NOT NULL
) :clustered;

-- Consecutive entries of an account, sealed by one transaction.
CREATE TABLE audit_seals (
  account_id :uuid NOT NULL CONSTRAINT fk_audit_seals_account REFERENCES accounts (id),
  -- The position of the first entry.
  position :bigint NOT NULL,
  -- The digest of the entry before.
  former_digest :bytes NOT NULL,
  last_entry_id :uuid NOT NULL,
  -- The id (16 bytes) and the keyed digest (32 bytes) of each entry.
  entries :bytes NOT NULL,
  sealed_at :bigint NOT NULL,
  -- The keyed digest of this row.
  row_digest :bytes NOT NULL,
  CONSTRAINT pk_audit_seals PRIMARY KEY (account_id, position)
) :end;

-- Entries that an erasure or a merger of customers has changed, with keyed digests of the fields before and
-- after, so that the seals stay valid.
CREATE TABLE audit_amendments (
  account_id :uuid NOT NULL CONSTRAINT fk_audit_amendments_account REFERENCES accounts (id),
  entry_id :uuid NOT NULL,
  former_digest :bytes NOT NULL,
  digest :bytes NOT NULL,
  amended_at :bigint NOT NULL,
  CONSTRAINT pk_audit_amendments PRIMARY KEY (account_id, entry_id, former_digest)
) :clustered;

-- The filters of the audit log. No index has the entries of apps, of which there is one per activation.
CREATE INDEX ix_audit_entries_actor ON audit_entries (account_id, actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX ix_audit_entries_server ON audit_entries (account_id, actor_kind, id)
  WHERE actor_kind IN ('shell', 'system');
CREATE INDEX ix_audit_entries_changes ON audit_entries (account_id, id, action)
  WHERE action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired');
CREATE INDEX ix_audit_entries_product ON audit_entries (product_id, id) WHERE product_id IS NOT NULL;
