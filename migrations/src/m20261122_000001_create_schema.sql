-- The instance itself: one row. `key_check` tells the right master key from another.
CREATE TABLE instance (
  id :int NOT NULL CONSTRAINT pk_instance PRIMARY KEY CONSTRAINT ck_instance_one_row CHECK (id = 1),
  instance_id :uuid NOT NULL,
  key_check :bytes NOT NULL,
  created_at :bigint NOT NULL
) :end;

-- A seller's tenant. Every tenant's row below carries its `account_id`.
CREATE TABLE accounts (
  id :uuid NOT NULL CONSTRAINT pk_accounts PRIMARY KEY,
  slug TEXT NOT NULL CONSTRAINT uq_accounts_slug UNIQUE,
  name TEXT NOT NULL,
  created_at :bigint NOT NULL
) :end;

CREATE TABLE users (
  id :uuid NOT NULL CONSTRAINT pk_users PRIMARY KEY,
  email TEXT NOT NULL CONSTRAINT uq_users_email UNIQUE,
  name TEXT NOT NULL,
  -- argon2id, as a PHC string.
  password_hash TEXT NOT NULL,
  is_operator :bool NOT NULL DEFAULT FALSE,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;

CREATE TABLE memberships (
  account_id :uuid NOT NULL CONSTRAINT fk_memberships_account REFERENCES accounts (id),
  user_id :uuid NOT NULL CONSTRAINT fk_memberships_user REFERENCES users (id),
  role TEXT NOT NULL CONSTRAINT ck_memberships_role CHECK (role IN ('owner', 'admin', 'support', 'viewer')),
  created_at :bigint NOT NULL,
  CONSTRAINT pk_memberships PRIMARY KEY (user_id, account_id)
) :end;
CREATE INDEX ix_memberships_account ON memberships (account_id, user_id);

-- The id in the cookie is a secret; only its keyed digest is kept.
CREATE TABLE sessions (
  id_digest :bytes NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
  user_id :uuid CONSTRAINT fk_sessions_user REFERENCES users (id),
  data TEXT NOT NULL,
  expires_at :bigint NOT NULL
) :end;
CREATE INDEX ix_sessions_user ON sessions (user_id);
CREATE INDEX ix_sessions_expires ON sessions (expires_at);

CREATE TABLE products (
  id :uuid NOT NULL CONSTRAINT pk_products PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_products_account REFERENCES accounts (id),
  -- The integer by which the domain API knows the product, unique in the instance.
  number :bigint NOT NULL CONSTRAINT uq_products_number UNIQUE,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  -- NULL is unlimited.
  domain_limit :int,
  machine_limit :int,
  -- NULL is for ever.
  validity_days :int,
  key_prefix TEXT NOT NULL,
  -- Whether development hosts take no slot, and the seller's own patterns of them.
  free_development_hosts :bool NOT NULL DEFAULT FALSE,
  development_hosts TEXT NOT NULL DEFAULT '',
  license_count :bigint NOT NULL DEFAULT 0,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL,
  CONSTRAINT uq_products_account_slug UNIQUE (account_id, slug)
) :end;
CREATE INDEX ix_products_account ON products (account_id, id);

-- A product's token signing keys; the private half is sealed.
CREATE TABLE signing_keys (
  id :uuid NOT NULL CONSTRAINT pk_signing_keys PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_signing_keys_account REFERENCES accounts (id),
  product_id :uuid NOT NULL CONSTRAINT fk_signing_keys_product REFERENCES products (id),
  kid TEXT NOT NULL CONSTRAINT uq_signing_keys_kid UNIQUE,
  algorithm TEXT NOT NULL,
  public_key :bytes NOT NULL,
  private_key_sealed :bytes NOT NULL,
  created_at :bigint NOT NULL,
  retired_at :bigint
) :end;
CREATE INDEX ix_signing_keys_product ON signing_keys (product_id, created_at);

CREATE TABLE customers (
  id :uuid NOT NULL CONSTRAINT pk_customers PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_customers_account REFERENCES accounts (id),
  email TEXT,
  name TEXT,
  created_at :bigint NOT NULL,
  CONSTRAINT uq_customers_account_email UNIQUE (account_id, email)
) :end;

-- What a customer is found by: name, each word of it, address, the address's
-- host; all in lower case, so that a search is a range of this key.
CREATE TABLE customer_terms (
  account_id :uuid NOT NULL CONSTRAINT fk_customer_terms_account REFERENCES accounts (id),
  term :text_c NOT NULL,
  customer_id :uuid NOT NULL CONSTRAINT fk_customer_terms_customer REFERENCES customers (id),
  CONSTRAINT pk_customer_terms PRIMARY KEY (account_id, term, customer_id)
) :end;
CREATE INDEX ix_customer_terms_customer ON customer_terms (customer_id);

CREATE TABLE licenses (
  id :uuid NOT NULL CONSTRAINT pk_licenses PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_licenses_account REFERENCES accounts (id),
  product_id :uuid NOT NULL CONSTRAINT fk_licenses_product REFERENCES products (id),
  customer_id :uuid CONSTRAINT fk_licenses_customer REFERENCES customers (id),
  -- HMAC-SHA256 of the key for look-up, the key itself sealed, and its tail for people.
  key_digest :bytes NOT NULL CONSTRAINT uq_licenses_key_digest UNIQUE,
  key_sealed :bytes NOT NULL,
  last_four TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT ck_licenses_state CHECK (state IN ('active', 'suspended', 'revoked')),
  state_at :bigint,
  state_reason TEXT,
  domain_limit :int,
  machine_limit :int,
  -- Slots in use. Maintained in the activation transaction, never above its limit at that time.
  domains_used :int NOT NULL DEFAULT 0 CONSTRAINT ck_licenses_domains_used CHECK (domains_used >= 0),
  machines_used :int NOT NULL DEFAULT 0 CONSTRAINT ck_licenses_machines_used CHECK (machines_used >= 0),
  expires_at :bigint,
  -- Folded in from memory by a worker, within seconds.
  verification_count :bigint NOT NULL DEFAULT 0,
  last_verified_at :bigint,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
-- Ids are UUID v7: their order is the order of issue.
CREATE INDEX ix_licenses_account ON licenses (account_id, id);
CREATE INDEX ix_licenses_account_product ON licenses (account_id, product_id, id);
CREATE INDEX ix_licenses_account_state ON licenses (account_id, state, id);
CREATE INDEX ix_licenses_account_expires ON licenses (account_id, expires_at, id);
CREATE INDEX ix_licenses_account_last_four ON licenses (account_id, last_four, id);
CREATE INDEX ix_licenses_customer ON licenses (customer_id, id);

CREATE TABLE activations (
  id :uuid NOT NULL CONSTRAINT pk_activations PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_activations_account REFERENCES accounts (id),
  license_id :uuid NOT NULL CONSTRAINT fk_activations_license REFERENCES licenses (id),
  kind TEXT NOT NULL CONSTRAINT ck_activations_kind CHECK (kind IN ('domain', 'machine')),
  -- The normalised domain, or the machine's fingerprint.
  subject :text_c NOT NULL,
  -- False for development hosts: they are active, and count for nothing.
  takes_slot :bool NOT NULL DEFAULT TRUE,
  ip TEXT,
  verification_count :bigint NOT NULL DEFAULT 0,
  last_verified_at :bigint,
  created_at :bigint NOT NULL,
  -- The last line of defence against a subject that holds two slots.
  CONSTRAINT uq_activations_license_subject UNIQUE (license_id, kind, subject)
) :end;
CREATE INDEX ix_activations_license ON activations (license_id, id);
CREATE INDEX ix_activations_account_subject ON activations (account_id, subject, license_id);

-- Valid answers per license, domain and day (days since the epoch, UTC).
CREATE TABLE verification_tallies (
  license_id :uuid NOT NULL CONSTRAINT fk_verification_tallies_license REFERENCES licenses (id),
  account_id :uuid NOT NULL CONSTRAINT fk_verification_tallies_account REFERENCES accounts (id),
  subject TEXT NOT NULL,
  day :int NOT NULL,
  count :bigint NOT NULL,
  CONSTRAINT pk_verification_tallies PRIMARY KEY (license_id, day, subject)
) :end;

-- The same by account and outcome, for the overview: a roll-up, never a scan.
CREATE TABLE daily_counts (
  account_id :uuid NOT NULL CONSTRAINT fk_daily_counts_account REFERENCES accounts (id),
  day :int NOT NULL,
  outcome TEXT NOT NULL,
  count :bigint NOT NULL,
  CONSTRAINT pk_daily_counts PRIMARY KEY (account_id, day, outcome)
) :end;

-- Who did what. Written in the transaction that did it.
CREATE TABLE audit_entries (
  id :uuid NOT NULL CONSTRAINT pk_audit_entries PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_audit_entries_account REFERENCES accounts (id),
  license_id :uuid,
  product_id :uuid,
  actor_kind TEXT NOT NULL,
  actor_id :uuid,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT,
  ip TEXT,
  created_at :bigint NOT NULL
) :end;
CREATE INDEX ix_audit_entries_account ON audit_entries (account_id, id);
CREATE INDEX ix_audit_entries_license ON audit_entries (license_id, id);

-- What happened, for machines: caches on other nodes now, webhooks later. On
-- SQLite `seq` is the order of commits; on PostgreSQL it is not, and NOTIFY is used.
CREATE TABLE outbox_events (
  seq :sequence,
  id :uuid NOT NULL CONSTRAINT uq_outbox_events_id UNIQUE,
  account_id :uuid NOT NULL CONSTRAINT fk_outbox_events_account REFERENCES accounts (id),
  license_id :uuid,
  product_id :uuid,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at :bigint NOT NULL
) :end;
