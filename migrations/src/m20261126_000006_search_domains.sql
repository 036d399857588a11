-- A search looks for domains, and for nothing among machines: whose fingerprints come in no
-- order, so that each was one more page to write.
--
-- Made before the other goes, which nobody may pass. A node of the version before searches
-- slowly until it is replaced.
CREATE INDEX ix_activations_domain ON activations (account_id, subject, license_id) WHERE kind = 'domain';
DROP INDEX ix_activations_account_subject;
