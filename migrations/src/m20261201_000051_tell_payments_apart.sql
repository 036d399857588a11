-- All are NULL in rows that an earlier version has written.
-- The payment that a reference names: when it was made, and whether it pays for a period. NULL: the reference names no
-- payment, or its payment is not known.
ALTER TABLE purchase_references ADD COLUMN paid_at :bigint;
ALTER TABLE purchase_references ADD COLUMN pays_period :bool;
-- The newest payment for a period. A refund of an older one changes nothing.
ALTER TABLE purchases ADD COLUMN period_paid_at :bigint;
-- How many were bought.
ALTER TABLE purchases ADD COLUMN quantity :int;
-- The price without terms that the subscription has changed to. Payments that name no price renew nothing then.
ALTER TABLE purchases ADD COLUMN left_for TEXT;
