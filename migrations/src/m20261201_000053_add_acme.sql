-- Accounts at the authorities that issue the server's certificate (ACME, RFC 8555): one per directory. They are the
-- instance's and of no account of a seller.
CREATE TABLE acme_accounts (
  id :uuid NOT NULL CONSTRAINT pk_acme_accounts PRIMARY KEY,
  directory TEXT NOT NULL CONSTRAINT uq_acme_accounts_directory UNIQUE,
  -- The e-mail address that the authority knows.
  contact TEXT,
  -- The account's private key and address, as JSON.
  credentials_sealed :bytes NOT NULL,
  created_at :bigint NOT NULL
) :end;
-- The certificate of a set of names, and the state of its order. A server with other names has another row.
CREATE TABLE acme_certificates (
  id :uuid NOT NULL CONSTRAINT pk_acme_certificates PRIMARY KEY,
  directory TEXT NOT NULL,
  -- In lower case, sorted, separated by spaces.
  names TEXT NOT NULL,
  -- The certificate and its chain in PEM, and its private key in PEM. NULL before the first certificate.
  chain TEXT,
  key_sealed :bytes,
  issued_at :bigint,
  expires_at :bigint,
  -- An order that begins moves this time first, so that no other node begins one meanwhile.
  next_order_at :bigint NOT NULL,
  -- Orders in a row that began and brought no certificate, and why the last one failed.
  failures :int NOT NULL,
  last_error TEXT,
  created_at :bigint NOT NULL,
  CONSTRAINT uq_acme_certificates_names UNIQUE (directory, names)
) :end;
-- Answers to the challenges of a running order, by which the authority recognizes the server on any node. Sealed, so that
-- who writes into the database alone gets no certificate for the names.
CREATE TABLE acme_challenges (
  id :uuid NOT NULL CONSTRAINT pk_acme_challenges PRIMARY KEY,
  token TEXT NOT NULL CONSTRAINT uq_acme_challenges_token UNIQUE,
  answer_sealed :bytes NOT NULL,
  created_at :bigint NOT NULL
) :end;
