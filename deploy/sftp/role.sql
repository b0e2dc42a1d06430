-- The account with which the SFTP server reads tenants' keys. It may only call two functions. Run this file as the
-- owner of Tidemark's tables, once they exist: psql -X -v ON_ERROR_STOP=1 -f role.sql
-- psql reads the account's new password twice, from the terminal or from standard input. It sends a SCRAM verifier, so that
-- no statement, no log of Postgres and no list of processes contains the password.
SET password_encryption = 'scram-sha-256';
-- Only a superuser may use these attributes in ALTER ROLE. The owner may have only CREATEROLE.
SELECT 'CREATE ROLE tidemark_sftp NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_sftp') \gexec
\password tidemark_sftp
ALTER ROLE tidemark_sftp LOGIN NOINHERIT CONNECTION LIMIT 30;
ALTER ROLE tidemark_sftp SET default_transaction_read_only = on;
ALTER ROLE tidemark_sftp SET statement_timeout = '3s';
GRANT USAGE ON SCHEMA tidemark TO tidemark_sftp;
GRANT EXECUTE ON FUNCTION tidemark.authorized_keys(TEXT, TEXT), tidemark.sftp_tenants() TO tidemark_sftp;
