-- A product signs with its one key that was not rotated; rotated keys still
-- verify until they are retired.
ALTER TABLE signing_keys ADD COLUMN rotated_at :bigint;
CREATE UNIQUE INDEX uq_signing_keys_active ON signing_keys (product_id) WHERE rotated_at IS NULL;

-- What a machine says of itself when it activates and at each sync.
ALTER TABLE activations ADD COLUMN hostname TEXT;
ALTER TABLE activations ADD COLUMN os TEXT;
ALTER TABLE activations ADD COLUMN os_version TEXT;
ALTER TABLE activations ADD COLUMN vm_name TEXT;
ALTER TABLE activations ADD COLUMN container TEXT;
ALTER TABLE activations ADD COLUMN app_version TEXT;
ALTER TABLE activations ADD COLUMN release_version TEXT;
ALTER TABLE activations ADD COLUMN user_hash TEXT;
-- JSON: [{"key": …, "value": …}]
ALTER TABLE activations ADD COLUMN metadata TEXT;
ALTER TABLE activations ADD COLUMN last_synced_at :bigint;

-- When a license was first activated on a machine.
ALTER TABLE licenses ADD COLUMN first_activated_at :bigint;
