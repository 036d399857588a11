-- The secret of the user's authenticator app (TOTP, RFC 6238). It counts once it is confirmed by a code.
ALTER TABLE users ADD COLUMN totp_secret_sealed :bytes;
ALTER TABLE users ADD COLUMN totp_made_at :bigint;
ALTER TABLE users ADD COLUMN totp_confirmed_at :bigint;
-- The time step of the last accepted code, so that a code works once.
ALTER TABLE users ADD COLUMN totp_last_step :bigint;

-- Recovery codes that were not used, as keyed digests of the user and the code.
CREATE TABLE recovery_codes (
  user_id :uuid NOT NULL CONSTRAINT fk_recovery_codes_user REFERENCES users (id),
  code_digest :bytes NOT NULL,
  CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, code_digest)
) :clustered;

-- Whether members must have a second factor.
ALTER TABLE accounts ADD COLUMN requires_second_factor :bool NOT NULL DEFAULT FALSE;

-- The origin of a session. NULL for sessions of earlier versions.
ALTER TABLE sessions ADD COLUMN opened_at :bigint;
ALTER TABLE sessions ADD COLUMN last_used_at :bigint;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
