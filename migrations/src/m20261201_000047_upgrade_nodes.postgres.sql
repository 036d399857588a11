-- Nodes cache bearer tokens by account since version 0.2.0. Nodes of version 0.1.0 cache none, and notify no node when
-- they revoke one. To be dropped by the first version that follows 0.2.0.
CREATE FUNCTION notify_revoked_token() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_notify(''countersign_changes'', NEW.account_id::text); RETURN NULL; END';
CREATE TRIGGER tr_api_tokens_revoked AFTER UPDATE OF revoked_at ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION notify_revoked_token();
