-- The domains and machines that a license refused lately, at most 20 of each license. Counted in
-- memory and flushed like verifications.
CREATE TABLE license_refusals (
  account_id :uuid NOT NULL CONSTRAINT fk_license_refusals_account REFERENCES accounts (id),
  license_id :uuid NOT NULL CONSTRAINT fk_license_refusals_license REFERENCES licenses (id),
  kind TEXT NOT NULL CONSTRAINT ck_license_refusals_kind CHECK (kind IN ('domain', 'machine')),
  -- The domain, or the fingerprint of the machine.
  subject :text_c NOT NULL,
  -- The network name of a machine.
  hostname TEXT,
  -- The reason of the last refusal.
  reason TEXT NOT NULL,
  count :bigint NOT NULL,
  ip TEXT,
  last_at :bigint NOT NULL,
  CONSTRAINT pk_license_refusals PRIMARY KEY (license_id, kind, subject)
) :end;
CREATE INDEX ix_license_refusals_account ON license_refusals (account_id, reason, last_at);
CREATE INDEX ix_license_refusals_last ON license_refusals (last_at);

-- A seller's notes on a license. Apart from the license, which activations read and lock.
CREATE TABLE license_notes (
  license_id :uuid NOT NULL CONSTRAINT pk_license_notes PRIMARY KEY
    CONSTRAINT fk_license_notes_license REFERENCES licenses (id),
  account_id :uuid NOT NULL CONSTRAINT fk_license_notes_account REFERENCES accounts (id),
  text TEXT NOT NULL,
  updated_at :bigint NOT NULL
) :end;

-- A seller's own fields of a license, such as the number of an order.
CREATE TABLE license_metadata (
  license_id :uuid NOT NULL CONSTRAINT fk_license_metadata_license REFERENCES licenses (id),
  key :text_c NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_license_metadata_account REFERENCES accounts (id),
  value :text_c NOT NULL,
  -- The beginning of the value, folded, which a search looks for.
  search_value :text_c NOT NULL,
  CONSTRAINT pk_license_metadata PRIMARY KEY (license_id, key)
) :end;
CREATE INDEX ix_license_metadata_value ON license_metadata (account_id, search_value, license_id);

-- The entries of a license's history that are no activations, of which a license may have very many.
CREATE INDEX ix_audit_entries_license_changes ON audit_entries (license_id, id)
  WHERE action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired');
-- The activations of one kind, for the lists of domains and of machines.
CREATE INDEX ix_activations_license_kind_created ON activations (account_id, license_id, kind, created_at, id);
DROP INDEX ix_activations_license_created;
