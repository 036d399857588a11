-- What lists had before. A node of that version lists slowly until it is replaced.
DROP INDEX ix_licenses_account;
DROP INDEX ix_licenses_account_product;
DROP INDEX ix_licenses_account_expires;
