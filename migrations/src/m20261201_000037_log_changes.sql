-- What an audit entry changed, for programs. Only entries whose change is told by values have a row.
CREATE TABLE audit_changes (
  account_id :uuid NOT NULL CONSTRAINT fk_audit_changes_account REFERENCES accounts (id),
  entry_id :uuid NOT NULL,
  -- The object of an entry that names neither license, product nor customer, such as an organization.
  resource_id :uuid,
  -- A JSON array of objects with propertyName, oldValue and newValue.
  changes TEXT NOT NULL,
  CONSTRAINT pk_audit_changes PRIMARY KEY (account_id, entry_id)
) :clustered;
CREATE INDEX ix_audit_changes_resource ON audit_changes (resource_id, entry_id) WHERE resource_id IS NOT NULL;

-- The log of activations, which are rare among the entries of a seller who imports licenses.
CREATE INDEX ix_audit_entries_activations ON audit_entries (account_id, id, action)
  WHERE action IN ('activation.created', 'activation.deleted', 'activation.lease_expired', 'trial.started');
