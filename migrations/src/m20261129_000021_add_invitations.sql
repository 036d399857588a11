-- Invitations to an account. The token is in the link, which is shown once; the digest is keyed.
CREATE TABLE invitations (
  id :uuid NOT NULL CONSTRAINT pk_invitations PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_invitations_account REFERENCES accounts (id),
  token_digest :bytes NOT NULL CONSTRAINT uq_invitations_token_digest UNIQUE,
  role TEXT NOT NULL CONSTRAINT ck_invitations_role CHECK (role IN ('owner', 'admin', 'support', 'viewer')),
  -- The invited person, if given. Anyone with the link can accept.
  name TEXT,
  email TEXT,
  actor_kind TEXT NOT NULL,
  actor_id :uuid,
  actor_name TEXT NOT NULL,
  created_at :bigint NOT NULL,
  expires_at :bigint NOT NULL,
  accepted_at :bigint,
  accepted_by :uuid CONSTRAINT fk_invitations_accepted_by REFERENCES users (id),
  withdrawn_at :bigint
) :end;
CREATE INDEX ix_invitations_open ON invitations (account_id, id)
  WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

-- The account that the user chose. NULL is the account that the user joined first.
ALTER TABLE sessions ADD COLUMN account_id :uuid CONSTRAINT fk_sessions_account REFERENCES accounts (id);
ALTER TABLE memberships ADD COLUMN last_sign_in_at :bigint;
-- The member who made the token. NULL for tokens of the operator, of another token, and of earlier versions.
ALTER TABLE api_tokens ADD COLUMN created_by :uuid CONSTRAINT fk_api_tokens_created_by REFERENCES users (id);
