-- For how many days the responses are valid that customers make on their page. NULL: they make none.
ALTER TABLE products ADD COLUMN customer_offline_days :int;

-- When the last of the responses ends that customers made for this machine. Until then they cannot free it. It stays
-- when the machine is online again. NULL: they made none.
ALTER TABLE activations ADD COLUMN response_ends_at :bigint;
