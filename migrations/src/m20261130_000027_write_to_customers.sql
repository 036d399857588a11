-- How an account writes to its customers. An account without a row sends license keys alone.
CREATE TABLE account_mail_settings (
  account_id :uuid NOT NULL CONSTRAINT pk_account_mail_settings PRIMARY KEY
    CONSTRAINT fk_account_mail_settings_account REFERENCES accounts (id),
  -- The name beside the address of the instance. NULL: the instance's.
  sender_name TEXT,
  reply_to TEXT,
  sends_reminders :bool NOT NULL DEFAULT FALSE,
  -- Activations up to this audit entry were announced. NULL: activations are not announced.
  announced_until :uuid
) :clustered;

-- Templates of sellers. NULL in all columns of a template: the default is in use. A draft is in use nowhere.
CREATE TABLE mail_templates (
  account_id :uuid NOT NULL CONSTRAINT fk_mail_templates_account REFERENCES accounts (id),
  -- No constraint, because later versions add kinds.
  kind TEXT NOT NULL,
  subject TEXT,
  body_text TEXT,
  body_html TEXT,
  draft_subject TEXT,
  draft_text TEXT,
  draft_html TEXT,
  CONSTRAINT pk_mail_templates PRIMARY KEY (account_id, kind)
) :clustered;

-- Reminders that were queued: one for each expiry and number of days. Deleted after the expiry.
CREATE TABLE license_reminders (
  expires_at :bigint NOT NULL,
  -- No foreign key, because licenses of an import can be removed.
  license_id :uuid NOT NULL,
  days_before :int NOT NULL,
  account_id :uuid NOT NULL CONSTRAINT fk_license_reminders_account REFERENCES accounts (id),
  CONSTRAINT pk_license_reminders PRIMARY KEY (expires_at, license_id, days_before)
) :clustered;

-- Whether customers are reminded of the expiry of this product's licenses, if the account sends reminders.
ALTER TABLE products ADD COLUMN sends_reminders :bool NOT NULL DEFAULT TRUE;
