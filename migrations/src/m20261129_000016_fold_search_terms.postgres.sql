-- Hosts with two dots by their last seven characters, so that a search for example.com finds
-- shop.example.com. Other hosts and those of `www.` with two dots are found by other names of theirs, and
-- cost no entry.
CREATE INDEX ix_activations_subdomain ON activations (account_id, "right"(subject, 7), subject, license_id)
  WHERE kind = 'domain' AND length(subject) - length(replace(subject, '.', ''))
  >= CASE WHEN substr(subject, 1, 4) = 'www.' THEN 3 ELSE 2 END;
-- In the collation C lower-casing depends on no locale, and a prefix is an index range.
CREATE INDEX ix_activations_hostname ON activations (account_id, lower(hostname COLLATE "C"), license_id)
  WHERE kind = 'machine' AND hostname IS NOT NULL;
-- Fingerprints come in no order: a new machine writes one more page, and a sync none.
CREATE INDEX ix_activations_fingerprint ON activations (account_id, subject) WHERE kind = 'machine';
