-- The price without terms that the subscription has changed to. Payments that name no price renew nothing then. NULL: the
-- subscription has a price with terms, or an earlier version wrote the row.
ALTER TABLE purchases ADD COLUMN left_for TEXT;
