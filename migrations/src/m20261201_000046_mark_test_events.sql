-- Whether events of the provider's test mode are applied. Otherwise they are ignored.
ALTER TABLE shop_connections ADD COLUMN accepts_test_events :bool NOT NULL DEFAULT FALSE;
ALTER TABLE shop_events ADD COLUMN is_test :bool NOT NULL DEFAULT FALSE;
-- The end of the provider's period by which a purchase of an older subscription began. Payments of that period are
-- counted by it. NULL: the purchase began with its first payment.
ALTER TABLE purchases ADD COLUMN taken_over_until :bigint;
-- Deferred events, which a worker looks for in all connections.
CREATE INDEX ix_shop_events_deferred ON shop_events (connection_id, id) WHERE outcome = 'deferred';
