-- Mails that a worker sends. A mail is queued in the transaction of the change that asks for it.
CREATE TABLE mails (
  id :uuid NOT NULL CONSTRAINT pk_mails PRIMARY KEY,
  -- The account whose owners and admins see the mail. For a user's own sign-in, the account joined first.
  account_id :uuid NOT NULL CONSTRAINT fk_mails_account REFERENCES accounts (id),
  -- No constraint, because later versions add kinds.
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- JSON of the text and the HTML, sealed, because links and keys in it are credentials. NULL once the mail is sent
  -- or must not be sent any more.
  body_sealed :bytes,
  state TEXT NOT NULL CONSTRAINT ck_mails_state CHECK (state IN ('queued', 'sent', 'failed')),
  attempts :int NOT NULL DEFAULT 0,
  -- Of a mail that a worker is sending: when another worker may try.
  next_attempt_at :bigint NOT NULL,
  -- No attempt is made after this time.
  give_up_at :bigint NOT NULL,
  -- When the content becomes worthless, such as a link.
  expires_at :bigint NOT NULL,
  last_error TEXT,
  -- The invitation, license or user that the mail is about. No foreign key, because mails outlive it.
  object_id :uuid,
  -- The customer who gets the mail. An erasure of the customer deletes it.
  customer_id :uuid,
  created_at :bigint NOT NULL,
  -- Since when the mail is in its state.
  state_at :bigint NOT NULL
) :end;
CREATE INDEX ix_mails_due ON mails (next_attempt_at) WHERE state = 'queued';
CREATE INDEX ix_mails_account ON mails (account_id, id);
CREATE INDEX ix_mails_object ON mails (object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX ix_mails_customer ON mails (customer_id, id) WHERE customer_id IS NOT NULL;

-- Links that set a new password, once, within an hour. The token is in the link; the digest is keyed.
CREATE TABLE password_resets (
  token_digest :bytes NOT NULL CONSTRAINT pk_password_resets PRIMARY KEY,
  user_id :uuid NOT NULL CONSTRAINT fk_password_resets_user REFERENCES users (id),
  expires_at :bigint NOT NULL
) :clustered;
CREATE INDEX ix_password_resets_user ON password_resets (user_id);
CREATE INDEX ix_password_resets_expires ON password_resets (expires_at);
