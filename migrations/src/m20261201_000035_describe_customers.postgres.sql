-- As the indexes of organizations.
CREATE INDEX ix_customers_name ON customers (account_id, (coalesce(name, '') COLLATE "C"), id) WHERE (coalesce(name, '') COLLATE "C") >= '';
CREATE INDEX ix_customers_email ON customers (account_id, (coalesce(email, '') COLLATE "C"), id) WHERE (coalesce(email, '') COLLATE "C") >= '';
