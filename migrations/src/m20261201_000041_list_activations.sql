-- The lists of machines and of trials are in the order of creation, because their ids are random. A sync writes
-- none of these columns.
--
-- The condition is written so that lists alone meet it. Otherwise planners without statistics read this index to find
-- an activation by its license and subject.
-- On PostgreSQL no node writes activations meanwhile, some seconds for a million.
CREATE INDEX ix_activations_machines ON activations (account_id, created_at, id) WHERE kind || '' = 'machine';
CREATE INDEX ix_trials_created ON trials (account_id, created_at, id);
