-- Shops of sellers, whose events issue and change licenses of one product. The signing secret is sealed.
CREATE TABLE shop_connections (
  id :uuid NOT NULL CONSTRAINT pk_shop_connections PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_shop_connections_account REFERENCES accounts (id),
  product_id :uuid NOT NULL CONSTRAINT fk_shop_connections_product REFERENCES products (id),
  -- No constraints on words, because later versions add some.
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  -- NULL until the seller sets it: the provider makes it for the address of the connection.
  secret_sealed :bytes,
  secret_last_four TEXT,
  -- Whether a price without terms gets a license of the product. Otherwise it is ignored.
  issues_unmapped :bool NOT NULL,
  on_payment_failed TEXT NOT NULL,
  on_refund TEXT NOT NULL,
  on_cancellation TEXT NOT NULL,
  -- Days after the end of a paid period until a license expires.
  grace_days :int NOT NULL,
  sends_keys :bool NOT NULL,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
CREATE INDEX ix_shop_connections_account ON shop_connections (account_id, id);
CREATE INDEX ix_shop_connections_product ON shop_connections (product_id);

-- What a license gets by its price. NULL follows the template.
CREATE TABLE shop_prices (
  id :uuid NOT NULL CONSTRAINT pk_shop_prices PRIMARY KEY,
  account_id :uuid NOT NULL,
  connection_id :uuid NOT NULL CONSTRAINT fk_shop_prices_connection REFERENCES shop_connections (id),
  price TEXT NOT NULL,
  template_id :uuid CONSTRAINT fk_shop_prices_template REFERENCES license_templates (id),
  validity TEXT,
  -- Limits of one unit. -1 is unlimited, NULL follows the template.
  machine_limit :int,
  domain_limit :int,
  created_at :bigint NOT NULL,
  CONSTRAINT uq_shop_prices_price UNIQUE (connection_id, price)
) :end;
CREATE INDEX ix_shop_prices_template ON shop_prices (template_id) WHERE template_id IS NOT NULL;

-- A purchase has one license. No foreign keys: it outlives its license, so that a renewal of a license that the
-- seller deleted issues no other one, and its connection, whose purchases are deleted in small transactions.
CREATE TABLE purchases (
  id :uuid NOT NULL CONSTRAINT pk_purchases PRIMARY KEY,
  account_id :uuid NOT NULL,
  connection_id :uuid NOT NULL,
  license_id :uuid NOT NULL,
  price TEXT,
  -- The provider's id of the buyer.
  buyer TEXT,
  is_subscription :bool NOT NULL,
  -- Times at the provider, by which late events are known as outdated.
  last_paid_at :bigint NOT NULL,
  last_failed_at :bigint,
  -- The time of the suspension that an event caused, and its cause. A suspension of another time is the seller's.
  suspended_at :bigint,
  suspended_for TEXT,
  created_at :bigint NOT NULL
) :end;
CREATE INDEX ix_purchases_connection ON purchases (connection_id, id);
CREATE INDEX ix_purchases_license ON purchases (license_id);
CREATE INDEX ix_purchases_buyer ON purchases (connection_id, buyer, id) WHERE buyer IS NOT NULL;

-- Ids of subscriptions, orders, invoices and payments of a purchase.
CREATE TABLE purchase_references (
  connection_id :uuid NOT NULL,
  reference TEXT NOT NULL,
  account_id :uuid NOT NULL,
  purchase_id :uuid NOT NULL,
  CONSTRAINT pk_purchase_references PRIMARY KEY (connection_id, reference)
) :clustered;
-- For erasures of customers.
CREATE INDEX ix_purchase_references_purchase ON purchase_references (purchase_id);

-- The log of events. An event of a shop is applied once, by its id.
CREATE TABLE shop_events (
  id :uuid NOT NULL CONSTRAINT pk_shop_events PRIMARY KEY,
  account_id :uuid NOT NULL,
  connection_id :uuid NOT NULL,
  event_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The main id of the purchase or the buyer, by which waiting events are found.
  reference TEXT,
  -- The body, sealed, because it holds names and addresses. NULL after an erasure of the customer.
  payload_sealed :bytes,
  outcome TEXT NOT NULL,
  detail TEXT,
  license_id :uuid,
  occurred_at :bigint NOT NULL,
  updated_at :bigint NOT NULL,
  CONSTRAINT uq_shop_events_event UNIQUE (connection_id, event_id)
) :end;
CREATE INDEX ix_shop_events_connection ON shop_events (connection_id, id);
CREATE INDEX ix_shop_events_outcome ON shop_events (connection_id, outcome, id);
CREATE INDEX ix_shop_events_reference ON shop_events (connection_id, reference, id);
CREATE INDEX ix_shop_events_license ON shop_events (license_id) WHERE license_id IS NOT NULL;
