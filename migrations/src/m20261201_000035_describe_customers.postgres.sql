CREATE INDEX ix_customers_name ON customers (account_id, (coalesce(name, '') COLLATE "C"), id);
CREATE INDEX ix_customers_email ON customers (account_id, (coalesce(email, '') COLLATE "C"), id);
