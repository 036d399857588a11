-- Scopes of the management API, with a space between them. NULL: all that the role carries.
ALTER TABLE api_tokens ADD COLUMN scopes TEXT;
-- NULL: the token does not expire.
ALTER TABLE api_tokens ADD COLUMN expires_at :bigint;
-- To the minute. Written later, in batches.
ALTER TABLE api_tokens ADD COLUMN last_used_at :bigint;
-- NULL: not changed since it was made.
ALTER TABLE api_tokens ADD COLUMN updated_at :bigint;

-- Requests of the management API with an idempotency key, for a day. The digests are keyed.
CREATE TABLE idempotent_requests (
  id :uuid NOT NULL CONSTRAINT pk_idempotent_requests PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_idempotent_requests_account REFERENCES accounts (id),
  -- Of the token and the idempotency key.
  key_digest :bytes NOT NULL CONSTRAINT uq_idempotent_requests_key_digest UNIQUE,
  -- Of method, path, query and body.
  request_digest :bytes NOT NULL,
  created_at :bigint NOT NULL,
  -- NULL: the request still runs, or its node was stopped.
  answer_sealed :bytes
) :end;
CREATE INDEX ix_idempotent_requests_created ON idempotent_requests (created_at);
