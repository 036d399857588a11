-- What a product asks of machines. Times are in seconds, NULL is none.
ALTER TABLE products ADD COLUMN allow_vm :bool NOT NULL DEFAULT TRUE;
ALTER TABLE products ADD COLUMN allow_container :bool NOT NULL DEFAULT TRUE;
ALTER TABLE products ADD COLUMN user_locked :bool NOT NULL DEFAULT FALSE;
ALTER TABLE products ADD COLUMN deactivation_limit :int;
ALTER TABLE products ADD COLUMN sync_interval :int DEFAULT 3600;
ALTER TABLE products ADD COLUMN sync_grace :int;
ALTER TABLE products ADD COLUMN lease :int;
ALTER TABLE products ADD COLUMN trial_days :int;
ALTER TABLE products ADD COLUMN trial_limit :int;
-- Maintained in the transaction that begins a trial.
ALTER TABLE products ADD COLUMN trials_used :int NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN key_format TEXT NOT NULL DEFAULT 'prefixed';
-- JSON: [{"name": …, "allowed": …, "floating": …}]
ALTER TABLE products ADD COLUMN meters TEXT NOT NULL DEFAULT '[]';

-- How often its clients gave a seat back.
ALTER TABLE licenses ADD COLUMN deactivations :int NOT NULL DEFAULT 0;
-- JSON by meter, read and written whole, under the license's lock.
ALTER TABLE licenses ADD COLUMN meters TEXT;

ALTER TABLE activations ADD COLUMN lease_expires_at :bigint;
-- When an offline response must have been loaded; 0 is any time, NULL is online.
ALTER TABLE activations ADD COLUMN offline_until :bigint;
ALTER TABLE activations ADD COLUMN meters TEXT;
CREATE INDEX ix_activations_lease ON activations (lease_expires_at) WHERE lease_expires_at IS NOT NULL;

-- A machine's trial of a product: an activation without a license.
CREATE TABLE trials (
  id :uuid NOT NULL CONSTRAINT pk_trials PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_trials_account REFERENCES accounts (id),
  product_id :uuid NOT NULL CONSTRAINT fk_trials_product REFERENCES products (id),
  -- The fingerprint, with the user where the product tells users apart.
  subject :text_c NOT NULL,
  hostname TEXT NOT NULL,
  os TEXT NOT NULL,
  app_version TEXT NOT NULL,
  ip TEXT,
  metadata TEXT,
  expires_at :bigint NOT NULL,
  created_at :bigint NOT NULL,
  CONSTRAINT uq_trials_product_subject UNIQUE (product_id, subject)
) :end;
CREATE INDEX ix_trials_account ON trials (account_id, id);

-- Bearer tokens for the seller's own systems; only a keyed digest is kept.
CREATE TABLE api_tokens (
  id :uuid NOT NULL CONSTRAINT pk_api_tokens PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_api_tokens_account REFERENCES accounts (id),
  name TEXT NOT NULL,
  digest :bytes NOT NULL CONSTRAINT uq_api_tokens_digest UNIQUE,
  last_four TEXT NOT NULL,
  role TEXT NOT NULL CONSTRAINT ck_api_tokens_role CHECK (role IN ('owner', 'admin', 'support', 'viewer')),
  created_at :bigint NOT NULL,
  revoked_at :bigint
) :end;
CREATE INDEX ix_api_tokens_account ON api_tokens (account_id, id);
