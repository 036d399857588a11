-- A table of licenses that a seller imports. The upload checks each row and stores the good ones in chunks; a
-- worker imports one chunk in one transaction, with its position, so that none is repeated or lost.
CREATE TABLE license_imports (
  id :uuid NOT NULL CONSTRAINT pk_license_imports PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_license_imports_account REFERENCES accounts (id),
  file_name TEXT NOT NULL,
  -- JSON: the columns, the rules of cells, and the product of rows without one.
  plan TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT ck_license_imports_state
    CHECK (state IN ('uploading', 'checked', 'importing', 'removing', 'done', 'removed', 'discarded')),
  -- The licenses have the ids from this one on, plus the number of their row.
  first_license_id :uuid NOT NULL,
  -- The number of the next chunk to import.
  position :bigint NOT NULL DEFAULT 0,
  -- The last license that a removal has handled.
  removed_up_to :uuid,
  -- Good and faulty rows of the file.
  good_rows :bigint NOT NULL DEFAULT 0,
  faulty_rows :bigint NOT NULL DEFAULT 0,
  -- JSON: further counts of the file.
  summary TEXT NOT NULL DEFAULT '{}',
  imported :bigint NOT NULL DEFAULT 0,
  -- Good rows that could not be imported any more.
  skipped :bigint NOT NULL DEFAULT 0,
  removed :bigint NOT NULL DEFAULT 0,
  -- One row that cannot be imported ends the import, and its licenses are removed.
  all_or_nothing :bool NOT NULL DEFAULT TRUE,
  stop_requested :bool NOT NULL DEFAULT FALSE,
  failure TEXT,
  actor_kind TEXT NOT NULL,
  actor_id :uuid,
  actor_name TEXT NOT NULL,
  created_at :bigint NOT NULL,
  finished_at :bigint,
  -- When the chunks were deleted.
  pruned_at :bigint
) :end;
CREATE INDEX ix_license_imports_account ON license_imports (account_id, id);
CREATE INDEX ix_license_imports_running ON license_imports (id) WHERE state IN ('importing', 'removing');
CREATE INDEX ix_license_imports_unpruned ON license_imports (created_at) WHERE pruned_at IS NULL;

-- The good rows of a file that are not imported yet, sealed, because they hold license keys.
CREATE TABLE license_import_chunks (
  id :uuid NOT NULL CONSTRAINT pk_license_import_chunks PRIMARY KEY,
  import_id :uuid NOT NULL CONSTRAINT fk_license_import_chunks_import REFERENCES license_imports (id),
  account_id :uuid NOT NULL CONSTRAINT fk_license_import_chunks_account REFERENCES accounts (id),
  number :bigint NOT NULL,
  sealed :bytes NOT NULL,
  CONSTRAINT uq_license_import_chunks_number UNIQUE (import_id, number)
) :end;

-- The first faults and notices of a file.
CREATE TABLE license_import_faults (
  import_id :uuid NOT NULL CONSTRAINT fk_license_import_faults_import REFERENCES license_imports (id),
  number :bigint NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_license_import_faults_account REFERENCES accounts (id),
  line :bigint NOT NULL,
  column_name TEXT NOT NULL,
  message TEXT NOT NULL,
  -- The row is imported all the same.
  is_notice :bool NOT NULL,
  CONSTRAINT pk_license_import_faults PRIMARY KEY (import_id, number)
) :clustered;
