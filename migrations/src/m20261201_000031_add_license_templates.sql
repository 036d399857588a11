-- The rules of licenses. A product has a copy of its template's columns, which activations read; a change of a
-- template writes its products in the same transaction.
CREATE TABLE license_templates (
  id :uuid NOT NULL CONSTRAINT pk_license_templates PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_license_templates_account REFERENCES accounts (id),
  name TEXT NOT NULL,
  -- As in `products`; NULL is unlimited or none.
  domain_limit :int,
  machine_limit :int,
  validity TEXT,
  key_prefix TEXT NOT NULL,
  key_format TEXT NOT NULL,
  allow_vm :bool NOT NULL,
  allow_container :bool NOT NULL,
  user_locked :bool NOT NULL,
  deactivation_limit :int,
  sync_interval :int,
  sync_grace :int,
  lease :int,
  -- JSON: the other rules. NULL is the default.
  rules TEXT,
  -- JSON: names that a license must have when the management API makes it.
  required_metadata TEXT NOT NULL DEFAULT '[]',
  required_meters TEXT NOT NULL DEFAULT '[]',
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
CREATE INDEX ix_license_templates_account ON license_templates (account_id, created_at, id);

-- No foreign key, because nodes of the previous version insert products without a template, and delete none.
ALTER TABLE products ADD COLUMN template_id :uuid;
-- JSON: a copy of the template's column.
ALTER TABLE products ADD COLUMN rules TEXT;
-- As the management API has them. An empty display name is the name.
ALTER TABLE products ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN description TEXT NOT NULL DEFAULT '';
-- JSON: fields of the seller.
ALTER TABLE products ADD COLUMN metadata TEXT NOT NULL DEFAULT '[]';
CREATE INDEX ix_products_template ON products (template_id);

UPDATE products SET template_id = :random_id;
INSERT INTO license_templates (id, account_id, name, domain_limit, machine_limit, validity, key_prefix, key_format,
  allow_vm, allow_container, user_locked, deactivation_limit, sync_interval, sync_grace, lease, created_at, updated_at)
SELECT template_id, account_id, name, domain_limit, machine_limit,
  COALESCE(validity, CASE WHEN validity_days IS NULL THEN NULL ELSE 'P' || validity_days || 'D' END),
  key_prefix, key_format, allow_vm, allow_container, user_locked, deactivation_limit, sync_interval, sync_grace,
  lease, created_at, updated_at
FROM products;
