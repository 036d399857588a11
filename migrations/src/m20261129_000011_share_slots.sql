-- The hosts that one slot covers: 'host', 'www' or 'registrable_domain'.
ALTER TABLE products ADD COLUMN slot_scope TEXT NOT NULL DEFAULT 'host';

-- The name of the slot that a domain shares with others, if it is not the domain itself.
ALTER TABLE activations ADD COLUMN slot TEXT;
CREATE INDEX ix_activations_slot ON activations (license_id, slot) WHERE slot IS NOT NULL;

-- The IPv4 address or IPv6 /64 network that started a trial.
ALTER TABLE trials ADD COLUMN network TEXT;
CREATE INDEX ix_trials_network ON trials (product_id, network, created_at);

-- Ids of machine activations are random, so that lists sort by time.
CREATE INDEX ix_activations_license_created ON activations (account_id, license_id, created_at, id);
DROP INDEX ix_activations_account_license;
