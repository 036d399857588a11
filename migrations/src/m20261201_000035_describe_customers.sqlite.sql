CREATE INDEX ix_customers_name ON customers (account_id, coalesce(name, ''), id);
CREATE INDEX ix_customers_email ON customers (account_id, coalesce(email, ''), id);
