-- As the indexes of organizations.
CREATE INDEX ix_customers_name ON customers (account_id, coalesce(name, ''), id) WHERE coalesce(name, '') >= '';
CREATE INDEX ix_customers_email ON customers (account_id, coalesce(email, ''), id) WHERE coalesce(email, '') >= '';
