-- The suspension of a seller by the operator. Members see the reason.
ALTER TABLE accounts ADD COLUMN suspended_at :bigint;
ALTER TABLE accounts ADD COLUMN suspension_reason TEXT;
-- Whether apps of the seller's customers are answered as for a suspended license.
ALTER TABLE accounts ADD COLUMN apps_stopped :bool NOT NULL DEFAULT FALSE;

-- The same for the requests of apps, which read the product anyway, and not the account.
ALTER TABLE products ADD COLUMN apps_stopped :bool NOT NULL DEFAULT FALSE;

-- The server processes of this instance. Each updates its row, and a worker deletes rows of nodes that ended.
CREATE TABLE nodes (
  id :uuid NOT NULL CONSTRAINT pk_nodes PRIMARY KEY,
  version TEXT NOT NULL,
  started_at :bigint NOT NULL,
  last_seen_at :bigint NOT NULL
) :end;
