-- When a payment was made, and whether it pays for a period of the license. NULL: the reference is of no payment, or an
-- earlier version wrote the row.
ALTER TABLE purchase_references ADD COLUMN paid_at :bigint;
ALTER TABLE purchase_references ADD COLUMN pays_period :bool;
-- When the current period was paid. NULL: no payment of a period is known.
ALTER TABLE purchases ADD COLUMN period_paid_at :bigint;
-- When the payment was made that was given back and suspended the license. The payment of a later period lifts that.
ALTER TABLE purchases ADD COLUMN refunded_paid_at :bigint;
-- The time of the last chargeback that was reversed, by which a late event of it is known as outdated.
ALTER TABLE purchases ADD COLUMN chargeback_reversed_at :bigint;
-- The signing secret before the present one, sealed, and until when it is taken, too. NULL: none.
ALTER TABLE shop_connections ADD COLUMN former_secret_sealed :bytes;
ALTER TABLE shop_connections ADD COLUMN former_secret_until :bigint;
