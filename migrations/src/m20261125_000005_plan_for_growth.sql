-- A seat is looked up by its license and its subject. Where most licenses have one seat,
-- an index that begins with the license seems as good for that to a planner, until a
-- license has a hundred thousand: so there is only one. What lists the seats of a license,
-- the latest first, names the account as well.
--
-- Made before the other goes, which nobody may pass: nodes that still run read on meanwhile.
CREATE INDEX ix_activations_account_license ON activations (account_id, license_id, id);
DROP INDEX ix_activations_license;
-- And the seats of a license whose leases have ended.
CREATE INDEX ix_activations_license_lease ON activations (license_id, lease_expires_at)
  WHERE lease_expires_at IS NOT NULL;
