-- One change of many licenses, in batches. `position` is the cursor of the last batch, NULL before the
-- first one. Each batch commits with its position and its counts, so that none is repeated or lost.
CREATE TABLE bulk_jobs (
  id :uuid NOT NULL CONSTRAINT pk_bulk_jobs PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_bulk_jobs_account REFERENCES accounts (id),
  verb TEXT NOT NULL,
  -- JSON: the parameters of the verb.
  parameters TEXT NOT NULL,
  -- JSON: license ids, or the query of a list.
  selection TEXT NOT NULL,
  -- The job whose changes this job undoes.
  undo_of :uuid CONSTRAINT uq_bulk_jobs_undo_of UNIQUE CONSTRAINT fk_bulk_jobs_undo_of REFERENCES bulk_jobs (id),
  state TEXT NOT NULL CONSTRAINT ck_bulk_jobs_state CHECK (state IN ('running', 'done', 'stopped', 'failed')),
  stop_requested :bool NOT NULL DEFAULT FALSE,
  position TEXT,
  -- The number of selected licenses; NULL until the worker has counted them.
  total :bigint,
  done :bigint NOT NULL DEFAULT 0,
  -- JSON: the number of skipped licenses by reason.
  skipped TEXT NOT NULL DEFAULT '{}',
  failure TEXT,
  actor_kind TEXT NOT NULL,
  actor_id :uuid,
  actor_name TEXT NOT NULL,
  -- The digest of the form's token, so that a repeated form leads to the same job.
  token_digest :bytes,
  created_at :bigint NOT NULL,
  finished_at :bigint,
  -- When the items were deleted.
  pruned_at :bigint
) :end;
CREATE INDEX ix_bulk_jobs_account ON bulk_jobs (account_id, id);
CREATE INDEX ix_bulk_jobs_running ON bulk_jobs (id) WHERE state = 'running';
CREATE INDEX ix_bulk_jobs_unpruned ON bulk_jobs (finished_at) WHERE pruned_at IS NULL;

-- The licenses that a job has handled. `outcome` is 'done' or the reason why the license was skipped;
-- `former` holds, as JSON, the values that an undo restores.
CREATE TABLE bulk_job_items (
  job_id :uuid NOT NULL CONSTRAINT fk_bulk_job_items_job REFERENCES bulk_jobs (id),
  license_id :uuid NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_bulk_job_items_account REFERENCES accounts (id),
  outcome TEXT NOT NULL,
  former TEXT,
  CONSTRAINT pk_bulk_job_items PRIMARY KEY (job_id, license_id)
) :clustered;
CREATE INDEX ix_bulk_job_items_skipped ON bulk_job_items (job_id, license_id) WHERE outcome <> 'done';
