-- A seat is looked up by its license and its subject. Where most licenses have one seat,
-- an index that begins with the license seems as good for that to a planner, until a
-- license has a hundred thousand: so there is only one.
DROP INDEX ix_activations_license;
CREATE INDEX ix_activations_account_license ON activations (account_id, license_id, id);
