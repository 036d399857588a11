-- References are checked at the commit: else each statement of many rows would keep
-- a journal of its own, to be undone by itself.
-- A table WITHOUT ROWID is one tree, sorted by its key, where others are two. Only
-- tables that no other refers to can be made anew within a transaction.
CREATE TABLE audit_entries_new (
  id :uuid NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_audit_entries_account REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED,
  license_id :uuid,
  product_id :uuid,
  actor_kind TEXT NOT NULL,
  actor_id :uuid,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT,
  ip TEXT,
  created_at :bigint NOT NULL,
  CONSTRAINT pk_audit_entries PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_entries_new SELECT id, account_id, license_id, product_id, actor_kind, actor_id, actor_name,
  action, detail, ip, created_at FROM audit_entries;
DROP TABLE audit_entries;
ALTER TABLE audit_entries_new RENAME TO audit_entries;
CREATE INDEX ix_audit_entries_license ON audit_entries (license_id, id);

CREATE TABLE customer_terms_new (
  account_id :uuid NOT NULL CONSTRAINT fk_customer_terms_account REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED,
  term :text_c NOT NULL,
  customer_id :uuid NOT NULL CONSTRAINT fk_customer_terms_customer REFERENCES customers (id),
  CONSTRAINT pk_customer_terms PRIMARY KEY (account_id, term, customer_id)
) STRICT, WITHOUT ROWID;
INSERT INTO customer_terms_new SELECT account_id, term, customer_id FROM customer_terms;
DROP TABLE customer_terms;
ALTER TABLE customer_terms_new RENAME TO customer_terms;

-- `seq` is the order of commits; the numbers go on where they were.
CREATE TABLE outbox_events_new (
  seq :sequence,
  id :uuid NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_outbox_events_account REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED,
  license_id :uuid,
  product_id :uuid,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at :bigint NOT NULL
) :end;
INSERT INTO outbox_events_new SELECT seq, id, account_id, license_id, product_id, kind, payload, created_at
  FROM outbox_events;
DROP TABLE outbox_events;
ALTER TABLE outbox_events_new RENAME TO outbox_events;

CREATE TABLE activations_new (
  id :uuid NOT NULL CONSTRAINT pk_activations PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_activations_account REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED,
  license_id :uuid NOT NULL CONSTRAINT fk_activations_license REFERENCES licenses (id) DEFERRABLE INITIALLY DEFERRED,
  kind TEXT NOT NULL CONSTRAINT ck_activations_kind CHECK (kind IN ('domain', 'machine')),
  subject :text_c NOT NULL,
  takes_slot :bool NOT NULL DEFAULT TRUE,
  ip TEXT,
  verification_count :bigint NOT NULL DEFAULT 0,
  last_verified_at :bigint,
  created_at :bigint NOT NULL,
  hostname TEXT,
  os TEXT,
  os_version TEXT,
  vm_name TEXT,
  container TEXT,
  app_version TEXT,
  release_version TEXT,
  user_hash TEXT,
  metadata TEXT,
  last_synced_at :bigint,
  lease_expires_at :bigint,
  offline_until :bigint,
  meters TEXT,
  CONSTRAINT uq_activations_license_subject UNIQUE (license_id, kind, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO activations_new SELECT id, account_id, license_id, kind, subject, takes_slot, ip, verification_count,
  last_verified_at, created_at, hostname, os, os_version, vm_name, container, app_version, release_version,
  user_hash, metadata, last_synced_at, lease_expires_at, offline_until, meters FROM activations;
DROP TABLE activations;
ALTER TABLE activations_new RENAME TO activations;
CREATE INDEX ix_activations_license ON activations (license_id, id);
CREATE INDEX ix_activations_account_subject ON activations (account_id, subject, license_id);
CREATE INDEX ix_activations_lease ON activations (lease_expires_at) WHERE lease_expires_at IS NOT NULL;
