-- The next master key while it replaces the present one, sealed by the present one.
ALTER TABLE instance ADD COLUMN next_key_sealed :bytes;

-- The key of token digests, sealed. NULL until the first rotation: it is derived from the master key.
ALTER TABLE instance ADD COLUMN token_key_sealed :bytes;
