-- Words by which a seller groups customers and licenses.
CREATE TABLE tags (
  id :uuid NOT NULL CONSTRAINT pk_tags PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_tags_account REFERENCES accounts (id),
  name :text_c NOT NULL,
  -- The name in lower case, which is unique.
  name_key :text_c NOT NULL,
  description TEXT NOT NULL,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL,
  CONSTRAINT uq_tags_account_name UNIQUE (account_id, name_key)
) :end;
-- With the conditions of the indexes of organizations.
CREATE INDEX ix_tags_created ON tags (account_id, created_at, id) WHERE created_at >= -9223372036854775807;
CREATE INDEX ix_tags_updated ON tags (account_id, updated_at, id) WHERE updated_at >= -9223372036854775807;
CREATE INDEX ix_tags_name ON tags (account_id, name, id) WHERE name >= '';

-- The position keeps the order in which the tags of an object were given.
CREATE TABLE license_tags (
  license_id :uuid NOT NULL CONSTRAINT fk_license_tags_license REFERENCES licenses (id),
  tag_id :uuid NOT NULL CONSTRAINT fk_license_tags_tag REFERENCES tags (id),
  position :int NOT NULL,
  CONSTRAINT pk_license_tags PRIMARY KEY (license_id, tag_id)
) :clustered;
CREATE INDEX ix_license_tags_tag ON license_tags (tag_id, license_id);

CREATE TABLE customer_tags (
  customer_id :uuid NOT NULL CONSTRAINT fk_customer_tags_customer REFERENCES customers (id),
  tag_id :uuid NOT NULL CONSTRAINT fk_customer_tags_tag REFERENCES tags (id),
  position :int NOT NULL,
  CONSTRAINT pk_customer_tags PRIMARY KEY (customer_id, tag_id)
) :clustered;
CREATE INDEX ix_customer_tags_tag ON customer_tags (tag_id, customer_id);

-- The organization that a license belongs to, beside or instead of a customer.
ALTER TABLE licenses ADD COLUMN organization_id :uuid
  CONSTRAINT fk_licenses_organization REFERENCES organizations (id);
CREATE INDEX ix_licenses_organization ON licenses (organization_id, id) WHERE organization_id IS NOT NULL;
