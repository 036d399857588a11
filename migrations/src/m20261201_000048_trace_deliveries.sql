-- The trace of the request that made the change, as W3C Trace Context writes it. NULL: the request had none.
ALTER TABLE webhook_deliveries ADD COLUMN trace_parent TEXT;
ALTER TABLE webhook_deliveries ADD COLUMN trace_state TEXT;
