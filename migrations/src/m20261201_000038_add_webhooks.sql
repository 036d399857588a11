-- Receivers of events. The secret that signs deliveries is sealed.
CREATE TABLE webhooks (
  id :uuid NOT NULL CONSTRAINT pk_webhooks PRIMARY KEY,
  account_id :uuid NOT NULL CONSTRAINT fk_webhooks_account REFERENCES accounts (id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  secret_sealed :bytes NOT NULL,
  secret_last_four TEXT NOT NULL,
  -- During a rotation of the secret: the former one, and until when it signs too.
  previous_secret_sealed :bytes,
  previous_secret_until :bigint,
  -- No constraint, because later versions add schemes.
  scheme TEXT NOT NULL,
  is_enabled :bool NOT NULL,
  -- Names and patterns with spaces between them.
  events TEXT NOT NULL,
  -- When the webhook was made, enabled, or got another list. What became due before is not sent.
  events_since :bigint NOT NULL,
  status TEXT NOT NULL CONSTRAINT ck_webhooks_status CHECK (status IN ('healthy', 'unhealthy', 'suspended')),
  -- Failed attempts since the last success, and the first of them.
  consecutive_failures :int NOT NULL DEFAULT 0,
  failing_since :bigint,
  last_succeeded_at :bigint,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
CREATE INDEX ix_webhooks_account ON webhooks (account_id, id);
CREATE INDEX ix_webhooks_failing ON webhooks (account_id, id) WHERE status <> 'healthy';

-- An event for a webhook. It is written in the transaction of the change. Workers of all nodes send it.
CREATE TABLE webhook_deliveries (
  id :uuid NOT NULL CONSTRAINT pk_webhook_deliveries PRIMARY KEY,
  -- No foreign keys, because a change must not fail or wait for its events. Workers delete the deliveries of a
  -- webhook that is gone.
  account_id :uuid NOT NULL,
  webhook_id :uuid NOT NULL,
  event TEXT NOT NULL,
  -- The body, sealed, because it can hold license keys.
  body_sealed :bytes NOT NULL,
  state TEXT NOT NULL
    CONSTRAINT ck_webhook_deliveries_state CHECK (state IN ('pending', 'succeeded', 'failed', 'skipped')),
  -- Attempts of the schedule that runs.
  attempts :int NOT NULL DEFAULT 0,
  -- When the next attempt is due. Of a delivery that a node is sending: when another node may.
  due_at :bigint NOT NULL,
  -- The node that sends, until then.
  leased_by :uuid,
  -- The entry of the next attempt, if the log has it already.
  log_id :uuid,
  -- A member asked for the schedule.
  is_manual :bool NOT NULL DEFAULT FALSE,
  created_at :bigint NOT NULL,
  -- Since when the delivery is in its state.
  state_at :bigint NOT NULL
) :end;
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at, id) WHERE state = 'pending';
CREATE INDEX ix_webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX ix_webhook_deliveries_state ON webhook_deliveries (webhook_id, state, id) WHERE state <> 'succeeded';

-- The log: an entry for each attempt. That of the first attempt, and of one that a member asked for, is written
-- before it is made.
CREATE TABLE webhook_attempts (
  id :uuid NOT NULL CONSTRAINT pk_webhook_attempts PRIMARY KEY,
  account_id :uuid NOT NULL,
  webhook_id :uuid NOT NULL,
  delivery_id :uuid NOT NULL,
  event TEXT NOT NULL,
  url TEXT NOT NULL,
  attempt :int NOT NULL,
  state TEXT NOT NULL
    CONSTRAINT ck_webhook_attempts_state CHECK (state IN ('pending', 'succeeded', 'failed', 'skipped')),
  -- NULL: no answer.
  status_code :int,
  -- The beginning of the answer, sealed, because a receiver may repeat what it got.
  answer_sealed :bytes,
  error TEXT,
  requested_at :bigint,
  responded_at :bigint,
  -- When the attempt after this one was due.
  next_attempt_at :bigint,
  is_manual :bool NOT NULL DEFAULT FALSE,
  created_at :bigint NOT NULL,
  updated_at :bigint NOT NULL
) :end;
CREATE INDEX ix_webhook_attempts_account ON webhook_attempts (account_id, created_at, id);
CREATE INDEX ix_webhook_attempts_webhook ON webhook_attempts (webhook_id, created_at, id);
CREATE INDEX ix_webhook_attempts_delivery ON webhook_attempts (delivery_id, id);
