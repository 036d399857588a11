-- The version of a customer's search terms: 0 as nodes of the version before write them, 1 folded, of a
-- customer without a name, 2 folded, with the name. A node of the version before may add a name to a
-- customer of version 1. A worker folds the terms of the customers in this index.
ALTER TABLE customers ADD COLUMN terms_version :int NOT NULL DEFAULT 0;
CREATE INDEX ix_customers_unfolded ON customers (terms_version, id)
  WHERE CASE WHEN terms_version = 1 THEN name IS NOT NULL ELSE terms_version = 0 END;
