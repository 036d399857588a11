-- Companies and teams that customers and licenses belong to.
CREATE TABLE organizations (
  id :uuid NOT NULL CONSTRAINT pk_organizations PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_organizations_account REFERENCES accounts (id),
  name :text_c NOT NULL,
  -- The name in lower case, which is unique.
  name_key :text_c NOT NULL,
  email TEXT NOT NULL,
  description TEXT NOT NULL,
  domain TEXT NOT NULL,
  -- 0: unlimited. Nothing counts them.
  allowed_users :int NOT NULL,
  address_line1 TEXT NOT NULL,
  address_line2 TEXT NOT NULL,
  city TEXT NOT NULL,
  state TEXT NOT NULL,
  country TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL,
  CONSTRAINT uq_organizations_account_name UNIQUE (account_id, name_key)
) :end;
-- The conditions are those of lists in these orders, and all rows meet them. No other statement reads these indexes:
-- without statistics, planners take them for the unique index.
CREATE INDEX ix_organizations_created ON organizations (account_id, created_at, id) WHERE created_at >= -9223372036854775807;
CREATE INDEX ix_organizations_updated ON organizations (account_id, updated_at, id) WHERE updated_at >= -9223372036854775807;
CREATE INDEX ix_organizations_name ON organizations (account_id, name, id) WHERE name >= '';

-- The two parts of the name. They count only while they join to the name, because a node of the version before
-- changes the name alone.
ALTER TABLE customers ADD COLUMN first_name TEXT;
ALTER TABLE customers ADD COLUMN last_name TEXT;
ALTER TABLE customers ADD COLUMN company TEXT;
ALTER TABLE customers ADD COLUMN organization_id :uuid
  CONSTRAINT fk_customers_organization REFERENCES organizations (id);
CREATE INDEX ix_customers_organization ON customers (organization_id, id) WHERE organization_id IS NOT NULL;
-- Argon2id, as a PHC string. NULL: no password was given, so that none is right.
ALTER TABLE customers ADD COLUMN password_hash TEXT;
-- A link of the management API that sets a new password once: keyed digest of the token, and its end.
ALTER TABLE customers ADD COLUMN reset_digest :bytes;
ALTER TABLE customers ADD COLUMN reset_expires_at :bigint;
-- user or organization-admin.
ALTER TABLE customers ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
ALTER TABLE customers ADD COLUMN portal_access :bool NOT NULL DEFAULT TRUE;
-- 0: not changed since the customer was made, or made by a node of the version before.
ALTER TABLE customers ADD COLUMN updated_at :bigint NOT NULL DEFAULT 0;
-- As the indexes of organizations.
CREATE INDEX ix_customers_created ON customers (account_id, created_at, id) WHERE created_at >= -9223372036854775807;
CREATE INDEX ix_customers_updated ON customers
  (account_id, (CASE WHEN updated_at > created_at THEN updated_at ELSE created_at END), id)
  WHERE (CASE WHEN updated_at > created_at THEN updated_at ELSE created_at END) >= -9223372036854775807;

-- A seller's own fields of a customer. Names are unique in any case.
CREATE TABLE customer_metadata (
  id :uuid NOT NULL CONSTRAINT pk_customer_metadata PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_customer_metadata_account REFERENCES accounts (id),
  customer_id :uuid NOT NULL CONSTRAINT fk_customer_metadata_customer REFERENCES customers (id),
  key TEXT NOT NULL,
  -- Name and value in lower case, the value cut, as filters compare them.
  key_lower :text_c NOT NULL,
  value TEXT NOT NULL,
  value_lower :text_c NOT NULL,
  -- Who sees the field beside the seller: words with a space between, such as "activation user".
  view_permissions TEXT NOT NULL,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL,
  CONSTRAINT uq_customer_metadata_key UNIQUE (customer_id, key_lower)
) :end;
CREATE INDEX ix_customer_metadata_value ON customer_metadata (account_id, key_lower, value_lower, customer_id);
