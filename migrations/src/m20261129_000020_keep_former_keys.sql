-- Keys that licenses had before. Apps may send one until its grace time ends; a search finds its license by it
-- for good; an import refuses it. The digest is keyed by the token key, which a rotation of the master key keeps.
CREATE TABLE former_license_keys (
  key_digest :bytes NOT NULL CONSTRAINT pk_former_license_keys PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_former_license_keys_account REFERENCES accounts (id),
  license_id :uuid NOT NULL CONSTRAINT fk_former_license_keys_license REFERENCES licenses (id),
  last_four TEXT NOT NULL,
  replaced_at :bigint NOT NULL,
  -- The end of the grace time. Apps get invalid_key from then on.
  valid_until :bigint NOT NULL
) :clustered;
CREATE INDEX ix_former_license_keys_license ON former_license_keys (license_id);
