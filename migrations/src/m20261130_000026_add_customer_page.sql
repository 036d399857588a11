-- The seller's name, logo text and color (#rrggbb) on the customer's page. NULL: the account's name, and the color of
-- this server.
ALTER TABLE accounts ADD COLUMN page_name TEXT;
ALTER TABLE accounts ADD COLUMN page_logo TEXT;
ALTER TABLE accounts ADD COLUMN page_color TEXT;

-- How often customers may free an activation of a license. NULL: never. 0: always. Otherwise once in so many days.
ALTER TABLE products ADD COLUMN customer_release_days :int;

-- When a customer last freed or moved an activation of the license on the page.
ALTER TABLE licenses ADD COLUMN customer_released_at :bigint;

-- Links that open the customer's page, for an hour. The token is in the link; the digests are keyed.
CREATE TABLE customer_links (
  token_digest :bytes NOT NULL CONSTRAINT pk_customer_links PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_customer_links_account REFERENCES accounts (id),
  -- No foreign key, because a merger deletes the customer. The link of a deleted customer opens nothing.
  customer_id :uuid NOT NULL,
  -- Of the address that got the link. If the customer has another address now, the link opens nothing.
  email_digest :bytes NOT NULL,
  expires_at :bigint NOT NULL
) :clustered;
CREATE INDEX ix_customer_links_expires ON customer_links (expires_at);
