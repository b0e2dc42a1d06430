-- The account by which the SFTP server asks for tenants' keys: it may call two functions and nothing else. Run it as the
-- owner of Tidemark's tables, once they exist: psql -X -v ON_ERROR_STOP=1 -f role.sql
-- psql asks for the account's new password twice: at the terminal, or, where it has none, on its standard input. It sends
-- a SCRAM verifier, so that the password is in no statement, no log of Postgres and no list of processes.
SET password_encryption = 'scram-sha-256';
-- Only a superuser may name these attributes in ALTER ROLE; the owner may have CREATEROLE alone.
SELECT 'CREATE ROLE tidemark_sftp NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_sftp') \gexec
\password tidemark_sftp
ALTER ROLE tidemark_sftp LOGIN NOINHERIT CONNECTION LIMIT 30;
ALTER ROLE tidemark_sftp SET default_transaction_read_only = on;
ALTER ROLE tidemark_sftp SET statement_timeout = '3s';
GRANT USAGE ON SCHEMA tidemark TO tidemark_sftp;
GRANT EXECUTE ON FUNCTION tidemark.authorized_keys(TEXT, TEXT), tidemark.sftp_tenants() TO tidemark_sftp;
