-- The validity of new licenses as a calendar period (ISO 8601, such as P1Y). Days of older products
-- stay in `validity_days`, which nodes of the previous version read.
ALTER TABLE products ADD COLUMN validity TEXT;

-- When the development hosts changed, until a worker has recounted the slots of all licenses.
ALTER TABLE products ADD COLUMN slot_recount_at :bigint;

-- Tokens of submitted forms, so that a repeated form counts once. Deleted after a day.
CREATE TABLE form_tokens (
  account_id :uuid NOT NULL CONSTRAINT fk_form_tokens_account REFERENCES accounts (id),
  token_digest :bytes NOT NULL,
  created_at :bigint NOT NULL,
  CONSTRAINT pk_form_tokens PRIMARY KEY (account_id, token_digest)
) :end;
CREATE INDEX ix_form_tokens_created ON form_tokens (created_at);
