-- The account with which the SFTP server records what tenants fetch. It may only call one function. Run this file as the owner of
-- Tidemark's tables, once they exist: psql -X -v ON_ERROR_STOP=1 -f fetches-role.sql
-- psql reads the account's new password twice, from the terminal or from standard input. It sends a SCRAM verifier, so that
-- no statement, no log of Postgres and no list of processes contains the password.
SET password_encryption = 'scram-sha-256';
-- Only a superuser may use these attributes in ALTER ROLE. The owner may have only CREATEROLE.
SELECT 'CREATE ROLE tidemark_fetches NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_fetches') \gexec
\password tidemark_fetches
ALTER ROLE tidemark_fetches LOGIN NOINHERIT CONNECTION LIMIT 5;
ALTER ROLE tidemark_fetches SET statement_timeout = '5s';
GRANT USAGE ON SCHEMA tidemark TO tidemark_fetches;
GRANT EXECUTE ON FUNCTION tidemark.record_fetch(TEXT, UUID, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BIGINT, TEXT, TEXT, TEXT)
  TO tidemark_fetches;
