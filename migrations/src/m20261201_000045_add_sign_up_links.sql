-- Links with which a person makes an account for a new seller, once. They are the instance's and of no account. The
-- token is in the link; the digest is keyed. Rows are deleted when they have expired.
CREATE TABLE sign_up_links (
  id :uuid NOT NULL CONSTRAINT pk_sign_up_links PRIMARY KEY,
  token_digest :bytes NOT NULL CONSTRAINT uq_sign_up_links_token_digest UNIQUE,
  -- The operator who invited the person. NULL: the person asked for the link, which proves the address.
  invited_by :uuid CONSTRAINT fk_sign_up_links_invited_by REFERENCES users (id),
  invited_by_name TEXT,
  email TEXT,
  created_at :bigint NOT NULL,
  expires_at :bigint NOT NULL,
  used_at :bigint,
  withdrawn_at :bigint
) :end;
CREATE INDEX ix_sign_up_links_expires ON sign_up_links (expires_at);
CREATE INDEX ix_sign_up_links_open ON sign_up_links (id)
  WHERE invited_by IS NOT NULL AND used_at IS NULL AND withdrawn_at IS NULL;
