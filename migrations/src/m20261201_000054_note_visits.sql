-- When the customer last signed in, by a password or the link of a mail. NULL: never since this migration.
ALTER TABLE customers ADD COLUMN last_login_at :bigint;
-- When the customer last used the customer's page or an access token, written once in five minutes at most. NULL: never
-- since this migration.
ALTER TABLE customers ADD COLUMN last_seen_at :bigint;
