-- When a payment was made, and whether it pays for a period of the license. NULL: the reference is of no payment, or an
-- earlier version wrote the row.
ALTER TABLE purchase_references ADD COLUMN paid_at :bigint;
ALTER TABLE purchase_references ADD COLUMN pays_period :bool;
-- The end of the period that was paid. NULL: the provider does not tell it with the payment.
ALTER TABLE purchase_references ADD COLUMN paid_until :bigint;
-- When the chargeback of the payment was reversed, by which a late event of that chargeback is known as outdated.
ALTER TABLE purchase_references ADD COLUMN chargeback_reversed_at :bigint;
-- Whether a refund alone has named the payment yet. Its own event is still to be counted.
ALTER TABLE purchase_references ADD COLUMN awaits_payment :bool NOT NULL DEFAULT FALSE;
-- When the current period was paid, and its end. NULL: no payment of a period is known, or the end is not.
ALTER TABLE purchases ADD COLUMN period_paid_at :bigint;
ALTER TABLE purchases ADD COLUMN period_paid_until :bigint;
-- The reference of the payment that was given back and suspended the license. The payment of a later period lifts that,
-- and so does the reversal of this chargeback.
ALTER TABLE purchases ADD COLUMN refunded_reference TEXT;
-- The signing secret before the present one, sealed, and until when it is taken, too. NULL: none.
ALTER TABLE shop_connections ADD COLUMN former_secret_sealed :bytes;
ALTER TABLE shop_connections ADD COLUMN former_secret_until :bigint;
-- Events whose body no erasure of a customer finds, because they name no purchase. The retention removes their bodies.
CREATE INDEX ix_shop_events_unreferenced ON shop_events (id) WHERE reference IS NULL AND payload_sealed IS NOT NULL;
