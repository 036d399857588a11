-- The rules of trials. A product has a copy of its policy's columns, which starts of trials read; a change of a policy
-- writes its products in the same transaction.
CREATE TABLE trial_policies (
  id :uuid NOT NULL CONSTRAINT pk_trial_policies PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_trial_policies_account REFERENCES accounts (id),
  name TEXT NOT NULL,
  -- Seconds.
  trial_length :int NOT NULL,
  -- NULL is unlimited.
  trial_limit :int,
  -- JSON: the machines that may start a trial.
  admission TEXT NOT NULL,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
CREATE INDEX ix_trial_policies_account ON trial_policies (account_id, created_at, id);

-- No foreign key, because nodes of the previous version change the trials of products without a policy.
ALTER TABLE products ADD COLUMN trial_policy_id :uuid;
-- Seconds. Nodes of the previous version read and write `trial_days` alone, which is rounded up.
ALTER TABLE products ADD COLUMN trial_length :int;
-- JSON: a copy of the policy's column. NULL is the admission of the product's licenses.
ALTER TABLE products ADD COLUMN trial_admission TEXT;
CREATE INDEX ix_products_trial_policy ON products (trial_policy_id);

UPDATE products SET trial_policy_id = :random_id, trial_length = trial_days * 86400,
  trial_admission = '{"allow_vm":' || CASE WHEN allow_vm THEN 'true' ELSE 'false' END
    || ',"allow_container":' || CASE WHEN allow_container THEN 'true' ELSE 'false' END
    || ',"user_locked":' || CASE WHEN user_locked THEN 'true' ELSE 'false' END || '}'
WHERE trial_days IS NOT NULL;
INSERT INTO trial_policies (id, account_id, name, trial_length, trial_limit, admission, created_at, updated_at)
SELECT trial_policy_id, account_id, name, trial_length, trial_limit, trial_admission, created_at, updated_at
FROM products WHERE trial_policy_id IS NOT NULL;
